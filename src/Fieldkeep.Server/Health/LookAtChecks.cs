using System.Collections.Concurrent;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Health.Checks;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Health;

/// <summary>Looks at all checks that are due, side by side, and keeps in memory what was last seen.</summary>
internal sealed partial class LookAtChecks(IEnumerable<ICheck> checks, TimeProvider clock, ILogger<LookAtChecks> log)
{
    /// <summary>The check that others wait for.</summary>
    public const string Database = "database";

    // Four rounds: then nobody knows how the server stands.
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(2);

    private readonly List<ICheck> _checks = [.. checks];
    private readonly ConcurrentDictionary<string, CheckStanding> _seen = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Task> _hanging = new(StringComparer.Ordinal);

    // How checks failed that were told of: each once, until it is another failure.
    private readonly ConcurrentDictionary<string, string> _told = new(StringComparer.Ordinal);

    // By a clock that nobody sets.
    private long _lookedAt = clock.GetTimestamp();

    /// <summary>What takes longer is told as failing; a disk or mount that hangs keeps no other check from being looked at.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>Whether nothing was looked at for minutes: what was seen then says nothing any more.</summary>
    public bool IsStale => clock.GetElapsedTime(Interlocked.Read(ref _lookedAt)) > Stale;

    /// <summary>What was last seen, in the order of the checks; what was not looked at yet is missing, and all is failing when nobody looks any more.</summary>
    public IReadOnlyList<CheckStanding> Seen
    {
        get
        {
            var seen = _checks.Select(check => _seen.GetValueOrDefault(check.Name)).OfType<CheckStanding>();
            return IsStale ? [.. seen.Select(one => one with { Outcome = CheckOutcome.Failing("check.stale") })] : [.. seen];
        }
    }

    /// <summary>Whether a disk that is needed was full when it was last looked at: nothing can be received then.</summary>
    public bool HasNoRoom => Find("disk") is { Outcome: var outcome } && DiskCheck.StopsIntake(outcome);

    /// <summary>What was last seen of one; null when it was not looked at yet.</summary>
    public CheckStanding? Find(string name) => _seen.GetValueOrDefault(name);

    /// <summary>Looks; gives what was seen now.</summary>
    public async Task<IReadOnlyList<CheckStanding>> LookAllAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var due = _checks.Where(check => _seen.GetValueOrDefault(check.Name) is not { } last || now < last.LookedAt || now - last.LookedAt >= check.Every).ToList();
        var first = await Task.WhenAll(due.Where(check => !check.NeedsDatabase).Select(check => SeeAsync(check, cancellationToken)));
        if (_seen.GetValueOrDefault(Database) is { Outcome.State: CheckState.Failing })
        {
            Interlocked.Exchange(ref _lookedAt, clock.GetTimestamp());
            return first;
        }

        CheckStanding[] all = [.. first, .. await Task.WhenAll(due.Where(check => check.NeedsDatabase).Select(check => SeeAsync(check, cancellationToken)))];
        Interlocked.Exchange(ref _lookedAt, clock.GetTimestamp());
        return all;
    }

    private async Task<CheckStanding> SeeAsync(ICheck check, CancellationToken cancellationToken)
    {
        var outcome = await LookAsync(check, cancellationToken);
        var now = clock.GetUtcNow();
        var since = _seen.GetValueOrDefault(check.Name) is { } before && before.Outcome.State == outcome.State ? before.Since : now;
        return _seen[check.Name] = new CheckStanding(check.Name, outcome, since, now);
    }

    private async Task<CheckOutcome> LookAsync(ICheck check, CancellationToken cancellationToken)
    {
        // One that hangs is not asked again beside itself.
        if (_hanging.TryGetValue(check.Name, out var earlier) && !earlier.IsCompleted)
        {
            return CheckOutcome.Failing("check.hangs");
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            // On a thread of its own as far as it does not wait: one that hangs in a call to a disk holds up no other.
            var look = Task.Factory.StartNew(
                () => check.LookAsync(limit.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
            _hanging[check.Name] = look;
            var outcome = await look.WaitAsync(Limit, cancellationToken);
            _told.TryRemove(check.Name, out _);
            return outcome;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException)
        {
            return CheckOutcome.Failing("check.hangs");
        }
#pragma warning disable CA1031 // Whatever it is, it is what the check found out.
        catch (Exception problem)
#pragma warning restore CA1031
        {
            var failure = DatabaseFailure.CodeOf(problem) ?? problem.GetType().Name;
            if (_told.GetValueOrDefault(check.Name) != failure)
            {
                _told[check.Name] = failure;
                LogFailed(log, check.Name, problem.GetType().Name, DatabaseFailure.CodeOf(problem), problem.StackTrace);
            }

            return CheckOutcome.Failing("check.failed", ("failure", failure));
        }
    }

    // Not its message: that may quote what a person wrote.
    [LoggerMessage(1, LogLevel.Error, "the check {Check} failed: {Failure} {Code}\n{Stack}")]
    private static partial void LogFailed(ILogger log, string check, string failure, string? code, string? stack);
}
