using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Driven;
using Fieldkeep.Backup.Store;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Backup.Tests.Support;

/// <summary>A sample installation whose log is received and whose base backups pgBackRest takes. Tests with it are not run where that is not installed.</summary>
internal sealed class DrivenSample : IAsyncDisposable
{
    private const int LockLooks = 20;

    private readonly SampleInstallation _sample;
    private readonly RunningReceiver _receiving;
    private readonly PgBackRest _program;

    private DrivenSample(SampleInstallation sample, ClusterAddress address, PgBackRest program)
    {
        (_sample, _program) = (sample, program);
        _receiving = new RunningReceiver(sample, address);
        Keyring = Keyring.Open(KeyringFiles.Below(sample.Data), TimeProvider.System);
    }

    public Keyring Keyring { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Begins to receive.</summary>
    /// <param name="change">Puts another program in the place of pgBackRest.</param>
    public static async Task<DrivenSample> OpenAsync(SampleInstallation sample, ClusterAddress address, Func<PgBackRest, PgBackRest>? change = null)
    {
        var found = await FindAsync();
        var driven = new DrivenSample(sample, address, change?.Invoke(found) ?? found);
        await driven.CatchUpAsync();
        return driven;
    }

    /// <summary>Puts a script before the program, in a folder.</summary>
    public static PgBackRest Wrap(PgBackRest real, string before, string folder)
    {
        var path = Path.Combine(folder, PgBackRest.Program);
        File.WriteAllText(path, $"#!/bin/sh\n{before}exec '{real.Path}' \"$@\"\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return real with { Path = path };
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

    /// <summary>Waits until the log that is kept tells of an instant.</summary>
    public Task UntilAsync(DateTimeOffset instant) => _receiving.UntilAsync(() => _receiving.State.Until > instant);

    /// <summary>Takes a base backup: of what changed since the newest, or of all.</summary>
    public Task<BackupReport> TakeAsync() => TakeAsync(all: false);

    /// <summary>Takes a base backup.</summary>
    public async Task<BackupReport> TakeAsync(bool all, CancellationToken? ending = null, TimeProvider? clock = null)
    {
        var store = new BackupStore(_sample.Target);
        var options = new BackupOptions(_sample.Data, _sample.Target) { Driven = new DrivenWish(_program, all || store.List() is not [.., var newest] ? null : newest) };
        for (var look = 0; ; look++)
        {
            try
            {
                return await TakeBackup.RunAsync(options, store, Keyring, _sample.Progress, clock ?? TimeProvider.System, ending ?? Token);
            }
            catch (BackupException held) when (held.Reason == BackupTrouble.InUse && look < LockLooks)
            {
                // What a process that is being started inherits it holds for a moment, a lock as well; a server tries again, too.
                await Task.Delay(TimeSpan.FromMilliseconds(100), Token);
            }
        }
    }

    /// <summary>PostgreSQL's clock, after all that was committed and before what comes.</summary>
    public Task<DateTimeOffset> NowAsync() => _receiving.NowAsync();

    /// <summary>How many backups of pgBackRest each base backup stands on, itself included; the oldest first.</summary>
    public static async Task<IReadOnlyList<int>> ChainLengthsAsync(SampleInstallation sample)
    {
        using var keyring = Keyring.Open(KeyringFiles.Below(sample.Data), TimeProvider.System);
        var store = new BackupStore(sample.Target);
        var lengths = new List<int>();
        foreach (var name in store.List())
        {
            var (manifest, files) = VerifyBackup.OpenManifest(store.FolderOf(name), keyring);
            lengths.Add((await new DrivenFiles(store, store.FolderOf(name), manifest, files).ReadListAsync(Token)).Labels.Count);
        }

        return lengths;
    }

    /// <summary>The folder of the chain that a base backup stands on.</summary>
    public string ChainOf(string name)
    {
        var folder = new BackupStore(_sample.Target).FolderOf(name);
        return VerifyBackup.OpenManifest(folder, Keyring).Manifest.PgBackRest?.Chain.ToString("N") ?? throw new InvalidOperationException($"{name} has no chain.");
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
