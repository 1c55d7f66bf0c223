using Fieldkeep.Backup;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Maintenance;

/// <summary>Tells how the backup of this server stands; null when none runs.</summary>
/// <param name="State">How it stands.</param>
/// <param name="OwnsDatabase">Whether the database is the server's own; another is backed up with its own tools.</param>
internal sealed record BackupStanding(FollowState? State, bool OwnsDatabase);

/// <summary>Tells whoever runs the server how its backup stands.</summary>
internal sealed class DescribeBackups(Policy policy, ServerSettings settings)
{
    /// <summary>Tells it.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task<BackupStanding> RunAsync(Actor actor, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.BackupRun, Scope.Installation, cancellationToken);
        return new BackupStanding(settings.Backup?.State, settings.OwnsDatabase);
    }
}
