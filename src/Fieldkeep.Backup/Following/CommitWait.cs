using Fieldkeep.Backup.Wal;
using Npgsql;

namespace Fieldkeep.Backup.Following;

/// <summary>
/// Lets commits wait for a backup directory on another disk while it answers, and no longer once it does not: the data come first, and that it happened is
/// said and stays to be seen.
/// </summary>
internal sealed class CommitWait(
    Func<bool, CancellationToken, Task> letCommitsWait, WalReceiver receiver, TimeSpan patience, Action<string> tell, TimeProvider clock)
{
    private const long FewBytes = 1 << 20;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan EndWithin = TimeSpan.FromSeconds(5);

    private DateTimeOffset? _answeredAt;

    /// <summary>Whether commits wait.</summary>
    public bool IsOn { get; private set; }

    /// <summary>When they stopped waiting because nothing answered; null when that never happened.</summary>
    public DateTimeOffset? StoppedAt { get; private set; }

    /// <summary>Runs until it is cancelled; no commit waits afterwards.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await LookAsync(cancellationToken);
                await Task.Delay(LookEvery, clock, cancellationToken);
            }
        }
        finally
        {
            if (IsOn)
            {
                using var brief = new CancellationTokenSource(EndWithin, clock);
                await SetAsync(false, brief.Token);
            }
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var state = receiver.State;
        var isAnswering = state.ConnectedSince is not null && state.LastReceivedAt is { } last && now - last < patience;
        _answeredAt = isAnswering ? now : _answeredAt;
        if (!IsOn && isAnswering && state.LagBytes < FewBytes)
        {
            if (await SetAsync(true, cancellationToken))
            {
                tell("a commit is acknowledged once the backup directory has it, too");
            }
        }
        else if (IsOn && now - _answeredAt >= patience && await SetAsync(false, cancellationToken))
        {
            StoppedAt = now;
            tell($"the backup directory does not answer ({state.Trouble ?? "it takes too long"}): commits are acknowledged without it until it does");
        }
    }

    // A database that does not answer has no commits either; it is asked again.
    private async Task<bool> SetAsync(bool isOn, CancellationToken cancellationToken)
    {
        try
        {
            await letCommitsWait(isOn, cancellationToken);
            IsOn = isOn;
            return true;
        }
        catch (Exception failed) when (failed is NpgsqlException or TimeoutException or IOException or UnauthorizedAccessException or OperationCanceledException
            && !(isOn && cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }
}
