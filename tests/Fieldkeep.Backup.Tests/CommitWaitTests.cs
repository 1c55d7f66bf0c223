using Fieldkeep.Backup.Following;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Backup.Wal;
using Xunit;

namespace Fieldkeep.Backup.Tests;

public sealed class CommitWaitTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SecondsClock _clock = new();
    private readonly List<string> _told = [];
    private WalReceiverState _state = new();
    private bool _isSet;
    private bool _isRefused;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Commits_wait_ten_seconds_at_most_for_a_disk_that_takes_all_but_makes_nothing_durable()
    {
        var wait = await StartedAsync();
        // Bytes come, PostgreSQL answers, and nothing is durable any more.
        var since = _clock.Seconds;
        while (wait.IsOn)
        {
            await PassAsync(wait, durable: 1000, current: 2000);
        }

        Assert.InRange(_clock.Seconds - since, 5, 10);
        Assert.False(_isSet);
        Assert.NotNull(wait.StoppedAt);
        Assert.Contains("does not answer", _told[^1], StringComparison.Ordinal);

        // Not at once again, and only when it has caught up.
        var stopped = _clock.Seconds;
        while (!wait.IsOn)
        {
            await PassAsync(wait, durable: 3000, current: 3000);
        }

        Assert.InRange(_clock.Seconds - stopped, 10, 12);
    }

    [Fact]
    public async Task A_receiver_that_hangs_while_nothing_is_written_is_not_taken_for_one_that_answers()
    {
        var wait = await StartedAsync();
        var since = _clock.Seconds;
        while (wait.IsOn)
        {
            // Nobody asks PostgreSQL any more, and what was asked last is durable.
            _clock.Seconds++;
            await wait.LookAsync(Token);
        }

        Assert.InRange(_clock.Seconds - since, 5, 10);
    }

    [Fact]
    public async Task A_disk_that_is_seconds_behind_is_waited_for()
    {
        var wait = await StartedAsync();
        for (var second = 0; second < 60; second++)
        {
            await PassAsync(wait, durable: 1000 + ((second - 4) * 100), current: 1000 + (second * 100));
            Assert.True(wait.IsOn, $"{second}");
        }
    }

    [Fact]
    public async Task What_may_have_been_set_counts_as_set_until_turning_it_off_succeeded()
    {
        var wait = await StartedAsync(isRefused: true);
        Assert.True(wait.IsOn);
        _isRefused = false;
        // The setting was written, and only the answer did not come.
        _isSet = true;
        using var ending = new CancellationTokenSource();
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.RunAsync(ending.Token));
        Assert.False(wait.IsOn);
        Assert.False(_isSet);
    }

    private async Task<CommitWait> StartedAsync(bool isRefused = false)
    {
        _isRefused = isRefused;
        var wait = new CommitWait(
            (isOn, _) =>
            {
                if (_isRefused)
                {
                    throw new TimeoutException();
                }

                _isSet = isOn;
                return Task.CompletedTask;
            },
            () => _state, Patience, _told.Add, _clock);
        for (var look = 0; look < 3 && !wait.IsOn; look++)
        {
            await PassAsync(wait, durable: 1000, current: 1000);
        }

        Assert.True(wait.IsOn);
        return wait;
    }

    // A second in which PostgreSQL was asked, and then it is looked.
    private async Task PassAsync(CommitWait wait, int durable, int current)
    {
        _state = _state with
        {
            ConnectedSince = DateTimeOffset.UnixEpoch,
            Durable = new Lsn((ulong)Math.Max(durable, 0)),
            Current = new Lsn((ulong)current),
            Asked = (_clock.GetTimestamp(), new Lsn((ulong)current)),
        };
        _clock.Seconds++;
        await wait.LookAsync(Token);
    }

    // Its wall clock goes backwards all the time: nothing may depend on it.
}
