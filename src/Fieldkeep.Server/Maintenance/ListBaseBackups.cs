using Fieldkeep.Backup;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Maintenance;

/// <summary>Lists the base backups of the directory that the server follows, for whoever runs it.</summary>
internal sealed class ListBaseBackups(Policy policy, ServerSettings settings, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Lists them, newest first; none where no backup runs, and before the first.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>backup.away</c>.</exception>
    public async Task<IReadOnlyList<ListedBackup>> RunAsync(Actor actor, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.BackupRun, Scope.Installation, cancellationToken);
        if (settings.Backup?.State is not { LastBase: not null } state)
        {
            return [];
        }

        try
        {
            // A disk that hangs must not hold whoever asks.
            return await Task.Run(() => ListBackups.Run(state.Directory), cancellationToken).WaitAsync(Patience, clock, cancellationToken);
        }
        catch (Exception away) when (away is BackupException or IOException or UnauthorizedAccessException or TimeoutException)
        {
            throw new ProblemException("backup.away", 503, $"The backup directory {state.Directory} cannot be read now. Is it mounted?");
        }
    }
}
