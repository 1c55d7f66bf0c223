using Fieldkeep.Backup;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault;

namespace Fieldkeep.Server.Recoveries;

/// <summary>What a recovery would take. Whether the project was there at that moment, and with what, only the restore itself tells.</summary>
internal sealed record RecoveryPreview(CheckedRecovery Wanted, RestorePlan Plan);

/// <summary>Says what a recovery would take, after reading all of the log that it needs; changes nothing.</summary>
internal sealed class PreviewRecovery(CheckRecovery check, TimeProvider clock)
{
    // Of a disk that hangs nobody learns anything; the next may ask all the same.
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private (Task<RestorePlan> Plan, long Since)? _running;

    /// <summary>Says it. One at a time: the log is long.</summary>
    /// <exception cref="ProblemException">Those of <see cref="CheckRecovery"/>, <c>recovery.running</c>, <c>recovery.not_restorable</c>.</exception>
    public async Task<RecoveryPreview> RunAsync(Actor actor, RecoveryWish wish, CancellationToken cancellationToken)
    {
        var wanted = await check.RunAsync(actor, wish, cancellationToken);
        try
        {
            return new RecoveryPreview(wanted, await Begin(wanted, cancellationToken).WaitAsync(Longest, clock, cancellationToken));
        }
        catch (BackupException problem)
        {
            throw RecoveryProblems.NotRestorable($"{problem.Message}; {problem.Hint}");
        }
        catch (VaultException problem)
        {
            throw RecoveryProblems.NotRestorable(problem.Message);
        }
        catch (Exception away) when (away is IOException or UnauthorizedAccessException or TimeoutException)
        {
            throw RecoveryProblems.NotRestorable("the backup directory cannot be read now");
        }
    }

    // Whoever hangs up does not make room for another while theirs still reads.
    private Task<RestorePlan> Begin(CheckedRecovery wanted, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_running is { Plan.IsCompleted: false } running && clock.GetElapsedTime(running.Since) < Longest)
            {
                throw RecoveryProblems.Running();
            }

            var plan = Task.Run(() => wanted.Aside.PlanAsync(wanted.Instant, cancellationToken), cancellationToken);
            _running = (plan, clock.GetTimestamp());
            return plan;
        }
    }
}
