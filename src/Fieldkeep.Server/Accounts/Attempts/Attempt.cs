using Npgsql;

namespace Fieldkeep.Server.Accounts.Attempts;

/// <summary>An attempt under way. It counts as failed when it is disposed, unless <see cref="Succeeded"/> was called.</summary>
internal sealed class Attempt(
    AttemptWindow window, AttemptStore store, AttemptAlarm alarm, IReadOnlyList<Limit> limits, Guid id) : IAsyncDisposable
{
    private bool _hasSucceeded;
    private bool _isFinished;

    /// <summary>If this one fails, the account is locked, which its owner is told.</summary>
    public bool IsLast { get; init; }

    /// <summary>Takes the attempt back from the counters.</summary>
    public void Succeeded() => _hasSucceeded = true;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isFinished)
        {
            return;
        }

        _isFinished = true;
        try
        {
            // Whoever hangs up is counted too.
            if (_hasSucceeded)
            {
                await store.TakeBackAsync(id, CancellationToken.None);
            }
            else
            {
                await store.FailAsync(id, CancellationToken.None);
            }
        }
        catch (Exception thrown) when (thrown is NpgsqlException or TimeoutException)
        {
            // The row stays open: after a minute it counts as failed, and it leaves with its window.
        }

        if (_hasSucceeded)
        {
            window.TakeBack(limits, id);
        }
        else
        {
            window.Fail(limits, id);
            alarm.Count();
        }
    }
}
