using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Wal;
using Npgsql;

namespace Fieldkeep.Backup.Following;

/// <summary>
/// Lets commits wait for a backup directory on another disk while it answers, and no longer once it does not: the data come first, and that it happened is
/// said and stays to be seen.
/// </summary>
/// <param name="letCommitsWait">Lets them wait, or no longer.</param>
/// <param name="look">How the log is received now.</param>
/// <param name="patience">So long they wait at most.</param>
internal sealed class CommitWait(
    Func<bool, CancellationToken, Task> letCommitsWait, Func<WalReceiverState> look, TimeSpan patience, Action<string> tell, TimeProvider clock)
{
    private const long FewBytes = 1 << 20;

    // More than are asked for while anybody waits; of what came after them nothing needs to be known.
    private const int MostAsked = 100;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan EndWithin = TimeSpan.FromSeconds(5);

    // What PostgreSQL was asked and is not durable yet, oldest first: moments of this process's clock, which nobody sets.
    private readonly Queue<(long At, Lsn End)> _asked = new();
    private int _beginning = -1;
    private long _lastAsked;
    private long? _coveredAt;
    private long? _stoppedAt;

    /// <summary>Whether commits wait, or may.</summary>
    public bool IsOn { get; private set; }

    /// <summary>When they stopped waiting because nothing answered; null when that never happened.</summary>
    public DateTimeOffset? StoppedAt { get; private set; }

    /// <summary>Runs until it is cancelled; no commit waits afterwards.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Whatever was set before: nobody waits for what is not known to answer.
            IsOn = true;
            while (!await SetAsync(false, cancellationToken))
            {
                await Task.Delay(LookEvery, clock, cancellationToken);
            }

            while (true)
            {
                await LookAsync(cancellationToken);
                await Task.Delay(LookEvery, clock, cancellationToken);
            }
        }
        finally
        {
            await EndAsync();
        }
    }

    /// <summary>Looks once.</summary>
    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        var state = look();
        Follow(state);
        var waited = _coveredAt is { } covered ? clock.GetElapsedTime(covered) : TimeSpan.MaxValue;
        if (!IsOn)
        {
            // After it had to be done without there is a pause, or a disk that is too slow would hold up commits all the time.
            var isRested = _stoppedAt is not { } stopped || clock.GetElapsedTime(stopped) >= patience;
            if (state.ConnectedSince is not null && waited < patience / 2 && state.LagBytes < FewBytes && isRested && await SetAsync(true, cancellationToken))
            {
                tell("a commit is acknowledged once the backup directory has it, too");
            }
        }
        else if (waited >= patience - LookEvery && await SetAsync(false, cancellationToken))
        {
            // A second early, for looking and for setting it.
            StoppedAt = clock.GetUtcNow();
            _stoppedAt = clock.GetTimestamp();
            tell($"the backup directory does not answer ({state.Trouble ?? "it takes too long"}): commits are acknowledged without it until it does");
        }
    }

    // Up to which moment every commit is durable there. A receiver that hangs asks for nothing more, and the moment stays behind.
    private void Follow(WalReceiverState state)
    {
        if (state.Beginning != _beginning)
        {
            _beginning = state.Beginning;
            _coveredAt = null;
            _asked.Clear();
        }

        if (state.Asked is { } asked && asked.At != _lastAsked && _asked.Count < MostAsked)
        {
            _lastAsked = asked.At;
            _asked.Enqueue(asked);
        }

        while (_asked.TryPeek(out var oldest) && state.Durable >= oldest.End)
        {
            _coveredAt = oldest.At;
            _asked.Dequeue();
        }
    }

    private async Task EndAsync()
    {
        using var brief = new CancellationTokenSource(EndWithin, clock);
        while (IsOn && !await SetAsync(false, brief.Token) && !brief.IsCancellationRequested)
        {
            await Task.Delay(LookEvery / 4, clock, CancellationToken.None);
        }
    }

    // A database that does not answer has no commits either; it is asked again. What may have been set counts as set.
    private async Task<bool> SetAsync(bool isOn, CancellationToken cancellationToken)
    {
        IsOn |= isOn;
        try
        {
            await letCommitsWait(isOn, cancellationToken);
            IsOn = isOn;
            return true;
        }
        catch (Exception failed) when (failed
            is NpgsqlException or TimeoutException or IOException or UnauthorizedAccessException or ClusterException or OperationCanceledException)
        {
            return false;
        }
    }
}
