using System.Collections.Concurrent;
using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Health;

/// <summary>Looks at all checks that are due, side by side, and keeps in memory what was last seen.</summary>
internal sealed class LookAtChecks(IEnumerable<ICheck> checks, TimeProvider clock)
{
    /// <summary>The check that others wait for.</summary>
    public const string Database = "database";

    // What takes longer is told as failing; a disk or mount that hangs keeps no other check from being looked at.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(8);

    private readonly List<ICheck> _checks = [.. checks];
    private readonly ConcurrentDictionary<string, CheckStanding> _seen = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Task> _hanging = new(StringComparer.Ordinal);

    /// <summary>What was last seen, in the order of the checks; what was not looked at yet is missing.</summary>
    public IReadOnlyList<CheckStanding> Seen => [.. _checks.Select(check => _seen.GetValueOrDefault(check.Name)).OfType<CheckStanding>()];

    /// <summary>Whether a disk was full when it was last looked at: nothing can be received then.</summary>
    public bool HasNoRoom => Find("disk") is { Outcome.Code: "disk.full" or "disk.gone" };

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
            return first;
        }

        return [.. first, .. await Task.WhenAll(due.Where(check => check.NeedsDatabase).Select(check => SeeAsync(check, cancellationToken)))];
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
                () => check.LookAsync(limit.Token), limit.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
            _hanging[check.Name] = look;
            return await look.WaitAsync(Limit, cancellationToken);
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
            return CheckOutcome.Failing("check.failed", ("failure", DatabaseFailure.CodeOf(problem) ?? problem.GetType().Name));
        }
    }
}
