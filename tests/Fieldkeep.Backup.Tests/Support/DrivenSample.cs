using System.Globalization;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Driven;
using Fieldkeep.Backup.Store;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Backup.Tests.Support;

/// <summary>A sample installation whose log is received and whose base backups pgBackRest takes. Tests with it are not run where that is not installed.</summary>
internal sealed class DrivenSample : IAsyncDisposable
{
    private readonly SampleInstallation _sample;
    private readonly ClusterAddress _address;
    private readonly RunningReceiver _receiving;
    private readonly PgBackRest _program;

    private DrivenSample(SampleInstallation sample, ClusterAddress address, PgBackRest program)
    {
        (_sample, _address, _program) = (sample, address, program);
        _receiving = new RunningReceiver(sample, address);
        Keyring = Keyring.Open(KeyringFiles.Below(sample.Data), TimeProvider.System);
    }

    public Keyring Keyring { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<DrivenSample> OpenAsync(SampleInstallation sample, ClusterAddress address)
    {
        var driven = new DrivenSample(sample, address, await FindAsync());
        await driven.CatchUpAsync();
        return driven;
    }

    /// <summary>The program, or the test is skipped.</summary>
    public static async Task<PgBackRest> FindAsync()
    {
        try
        {
            return await PgBackRest.FindAsync("this test", Token);
        }
        catch (BackupException missing)
        {
            Assert.Skip(missing.Message);
            throw;
        }
    }

    public Task CatchUpAsync() => _receiving.CatchUpAsync();

    /// <summary>Takes a base backup: of what changed since the newest, or of all.</summary>
    public Task<BackupReport> TakeAsync() => TakeAsync(all: false);

    /// <summary>Takes a base backup.</summary>
    public async Task<BackupReport> TakeAsync(bool all, CancellationToken? ending = null)
    {
        var store = new BackupStore(_sample.Target);
        var options = new BackupOptions(_sample.Data, _sample.Target) { Driven = new DrivenWish(_program, all ? null : store.List().LastOrDefault()) };
        return await TakeBackup.RunAsync(options, store, Keyring, _sample.Progress, TimeProvider.System, ending ?? Token);
    }

    /// <summary>PostgreSQL's clock, after all that was committed and before what comes.</summary>
    public async Task<DateTimeOffset> NowAsync()
    {
        await Task.Delay(TimeSpan.FromMilliseconds(20), Token);
        var now = DateTimeOffset.Parse(
            await RunningReceiver.ScalarAsync(_address, "select to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')") ?? "", CultureInfo.InvariantCulture);
        await Task.Delay(TimeSpan.FromMilliseconds(20), Token);
        return now;
    }

    /// <summary>How many backups of pgBackRest each base backup stands on, itself included; the oldest first.</summary>
    public static async Task<IReadOnlyList<int>> ChainLengthsAsync(SampleInstallation sample)
    {
        using var keyring = Keyring.Open(KeyringFiles.Below(sample.Data), TimeProvider.System);
        var store = new BackupStore(sample.Target);
        var lengths = new List<int>();
        foreach (var name in store.List())
        {
            var (manifest, files) = VerifyBackup.OpenManifest(store.FolderOf(name), keyring);
            lengths.Add((await new DrivenBase(store, store.FolderOf(name), manifest, files).ReadListAsync(Token)).Labels.Count);
        }

        return lengths;
    }

    /// <summary>All files below a folder, in order.</summary>
    public static IReadOnlyList<string> FilesBelow(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    public async ValueTask DisposeAsync()
    {
        await _receiving.DisposeAsync();
        Keyring.Dispose();
    }
}
