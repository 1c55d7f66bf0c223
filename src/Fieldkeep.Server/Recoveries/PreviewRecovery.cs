using Fieldkeep.Backup;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Recoveries;

/// <summary>What a recovery would take. Whether the project was there at that moment, and with what, only the restore itself tells.</summary>
internal sealed record RecoveryPreview(CheckedRecovery Wanted, RestorePlan Plan);

/// <summary>Says what a recovery would take, after reading all of the log that it needs; changes nothing.</summary>
internal sealed class PreviewRecovery(CheckRecovery check)
{
    private int _running;

    /// <summary>Says it. One at a time: the log is long.</summary>
    /// <exception cref="ProblemException">Those of <see cref="CheckRecovery"/>, <c>recovery.running</c>, <c>recovery.not_restorable</c>.</exception>
    public async Task<RecoveryPreview> RunAsync(Actor actor, RecoveryWish wish, CancellationToken cancellationToken)
    {
        var wanted = await check.RunAsync(actor, wish, cancellationToken);
        if (Interlocked.Exchange(ref _running, 1) == 1)
        {
            throw RecoveryProblems.Running();
        }

        try
        {
            return new RecoveryPreview(wanted, await wanted.Aside.PlanAsync(wanted.Instant, cancellationToken));
        }
        catch (BackupException problem)
        {
            throw RecoveryProblems.NotRestorable(problem);
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }
}
