using Fieldkeep.Backup;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Maintenance;

/// <summary>Tries out a restore of what the backup of this server holds, in the background; how it goes is told with the backup.</summary>
internal sealed class TryOutRestore(Db db, Policy policy, ServerSettings settings, ChangeLog changes, AuditLog audit)
{
    /// <summary>Begins it; gives how the backup stands then.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>; <c>backup.off</c>; <c>backup.rehearsal_runs</c>; <c>backup.nothing_yet</c>.
    /// </exception>
    public async Task<BackupStanding> RunAsync(Actor actor, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.BackupRun, Scope.Installation, cancellationToken);
        var backup = settings.Backup ?? throw MaintenanceProblems.BackupOff();
        var standing = backup.State;
        if (standing.Rehearsals.BegunAt is not null)
        {
            throw MaintenanceProblems.RehearsalRuns();
        }

        if (standing is not { LastBase: not null, Trouble: null })
        {
            throw MaintenanceProblems.NothingYet();
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        await changes.AppendAsync(tx, actor, new Change("backup.rehearse", null, "installation", "backup", null, new { directory = standing.Directory }), cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent("backup.rehearse", null, "installation", "backup", null), cancellationToken);
        // First that it was asked for, though the caller goes away: nothing may begin that nobody is known to have asked for.
        await tx.CommitAsync(CancellationToken.None);
        return backup.Rehearse() switch
        {
            RehearsalAnswer.Runs => throw MaintenanceProblems.RehearsalRuns(),
            RehearsalAnswer.NothingYet => throw MaintenanceProblems.NothingYet(),
            _ => new BackupStanding(backup.State, settings.OwnsDatabase),
        };
    }
}
