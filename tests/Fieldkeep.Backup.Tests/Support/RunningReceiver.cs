using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Keys;
using Npgsql;
using Xunit;

namespace Fieldkeep.Backup.Tests.Support;

/// <summary>A receiver that runs in this process until it is disposed.</summary>
internal sealed class RunningReceiver : IAsyncDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly Keyring _keyring;
    private readonly Task _running;
    private bool _isEnded;

    public RunningReceiver(SampleInstallation sample, ClusterAddress address, string? data = null)
    {
        Address = address;
        _keyring = Keyring.Open(KeyringFiles.Below(data ?? sample.Data), TimeProvider.System);
        Receiver = new WalReceiver(address, new Store.BackupStore(sample.Target), _keyring, Told.Enqueue, TimeProvider.System) { LookEvery = TimeSpan.FromMilliseconds(100) };
        _running = Receiver.RunAsync(_ending.Token);
    }

    public ClusterAddress Address { get; }

    public WalReceiver Receiver { get; }

    public System.Collections.Concurrent.ConcurrentQueue<string> Told { get; } = new();

    public WalReceiverState State => Receiver.State;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Waits until all that PostgreSQL has now is on the disk of the backup directory.</summary>
    public async Task<Lsn> CatchUpAsync()
    {
        var end = Lsn.TryParse(await ScalarAsync(Address, "select pg_current_wal_flush_lsn()::text")) ?? default;
        await UntilAsync(() => State.Durable >= end);
        return end;
    }

    /// <summary>PostgreSQL's clock.</summary>
    public async Task<DateTimeOffset> NowAsync() => DateTimeOffset.Parse(
        await ScalarAsync(Address, "select to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')") ?? "",
        System.Globalization.CultureInfo.InvariantCulture);

    public async Task UntilAsync(Func<bool> isTrue)
    {
        for (var look = 0; look < 1500 && !isTrue(); look++)
        {
            if (_running.IsFaulted)
            {
                await _running;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), Token);
        }

        Assert.True(isTrue(), $"It did not happen within 30 s: {State}; {string.Join("; ", Told)}");
    }

    /// <summary>Waits until PostgreSQL answers that.</summary>
    public static async Task UntilScalarAsync(ClusterAddress address, string sql, string expected)
    {
        string? answer = null;
        for (var look = 0; look < 300 && answer != expected; look++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), Token);
            answer = await ScalarAsync(address, sql);
        }

        Assert.Equal(expected, answer);
    }

    public static async Task<string?> ScalarAsync(ClusterAddress address, string sql)
    {
        await using var source = NpgsqlDataSource.Create(address.ForMaintenance(ClusterAddress.DatabaseName) + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        return (await command.ExecuteScalarAsync(Token))?.ToString();
    }

    /// <summary>Ends it; more than once does no harm.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isEnded)
        {
            return;
        }

        _isEnded = true;
        await _ending.CancelAsync();
        await ((Task)_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _keyring.Dispose();
        _ending.Dispose();
    }
}
