using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;
using Npgsql;
using Xunit;

namespace Fieldkeep.Backup.Tests.Support;

/// <summary>A data directory with keys, a private cluster with rows, and sealed blobs; and a backup directory beside it.</summary>
internal sealed class SampleInstallation : IDisposable
{
    /// <summary>Stands in answers in clear; must be found nowhere in a backup.</summary>
    public const string Planted = "Zubaydah-of-tent-4711";

    public static readonly Guid Project = new("6f9619ff-8b86-4011-b42d-00c04fc964ff");

    private readonly ScratchFolder _folder = new();
    private Keyring? _shelfKeyring;

    public string Data => Path.Combine(_folder.Path, "data");

    public string Target => Path.Combine(_folder.Path, "backup");

    public string Restored => Path.Combine(_folder.Path, "restored");

    public string RecoveryKeyFile => Path.Combine(_folder.Path, "recovery.txt");

    public string AuthorityKey => Path.Combine(Data, "tls", "ca.key");

    public List<string> Told { get; } = [];

    public IProgress<string> Progress => new Teller(Told);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Makes keys, a table of rows and some blobs, and stops the cluster.</summary>
    public static async Task<SampleInstallation> CreateAsync()
    {
        var sample = new SampleInstallation();
        Directory.CreateDirectory(
            sample.Data,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        File.SetUnixFileMode(sample._folder.Path, File.GetUnixFileMode(sample.Data));
        using var keyring = Keyring.Create(KeyringFiles.Below(sample.Data), TimeProvider.System);
        keyring.CreateProjectKeys(Project);
        await File.WriteAllTextAsync(sample.RecoveryKeyFile, keyring.CreateRecoveryKey(), Token);
        await using (var running = await sample.StartAsync(sample.Data))
        {
            await ExecuteAsync(running.Address, $"""
                create schema field;
                create table field.rows (id int primary key, answer text);
                insert into field.rows select n, '{Planted} ' || n from generate_series(1, 2000) n;
                """);
        }

        Directory.CreateDirectory(Path.Combine(sample.Data, "tls"));
        await File.WriteAllTextAsync(sample.AuthorityKey, "the authority phones trust", Token);
        File.SetUnixFileMode(sample.AuthorityKey, UnixFileMode.UserRead);
        sample.AddBlob("photo one " + Planted, 40_000);
        sample.AddBlob("photo two", 100);
        return sample;
    }

    /// <summary>Copies this installation with all its files and owners into a new place: far quicker than making one.</summary>
    public async Task<SampleInstallation> CopyAsync()
    {
        var copy = new SampleInstallation();
        File.SetUnixFileMode(copy._folder.Path, File.GetUnixFileMode(Data));
        using var cp = Process.Start("cp", ["--archive", Data, RecoveryKeyFile, copy._folder.Path]);
        await cp.WaitForExitAsync(Token);
        return cp.ExitCode == 0 ? copy : throw new InvalidOperationException($"The copy of {Data} failed.");
    }

    /// <summary>Starts the cluster of a data directory and holds it as a server does.</summary>
    public async Task<RunningCluster> StartAsync(string data)
    {
        var held = DataLock.Take(data);
        return new RunningCluster(held, await PrivateCluster.StartAsync(held, ClusterMode.Durable, Told.Add, TimeProvider.System, Token));
    }

    /// <summary>Changes the manifest of a base backup and seals it anew.</summary>
    public BackupManifest Seal(string name, Func<BackupManifest, BackupManifest> change)
    {
        using var keyring = Keyring.Open(KeyringFiles.Below(Data), TimeProvider.System);
        var folder = new BackupStore(Target).FolderOf(name);
        var (before, files) = VerifyBackup.OpenManifest(folder, keyring);
        var after = change(before);
        var bytes = after.Write();
        File.WriteAllBytes(Path.Combine(folder, BackupStore.ManifestName), bytes);
        File.WriteAllBytes(Path.Combine(folder, BackupStore.SealedManifestName), files.SealManifest(bytes));
        return after;
    }

    /// <summary>Seals a blob and puts it where its hash says.</summary>
    public string AddBlob(string content, int repeat)
    {
        using var keyring = Keyring.Open(KeyringFiles.Below(Data), TimeProvider.System);
        var plain = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(content, repeat)));
        var blob = Envelope.Seal(
            keyring.GetProjectKeys(Project).Primary, EnvelopePurpose.Attachment, BlobPlace(keyring.InstallationId), plain);
        var name = Convert.ToHexStringLower(SHA256.HashData(blob));
        var path = Path.Combine(Data, "blobs", name[..2], name);
        Directory.CreateDirectory(Path.GetDirectoryName(path) ?? "");
        // As a server does: whole at once, for whoever copies new ones meanwhile.
        var fresh = Path.Combine(_folder.Path, name);
        File.WriteAllBytes(fresh, blob);
        File.Move(fresh, path);
        return path;
    }

    public static EnvelopeContext BlobPlace(Guid installation) => new(installation, Project, "attachments.content", Guid.Empty, 1);

    /// <summary>Every blob's path below its folder, with its bytes' hash.</summary>
    public static IReadOnlyList<string> Blobs(string data) =>
    [
        .. Directory.EnumerateFiles(Path.Combine(data, "blobs"), "*", SearchOption.AllDirectories)
            .Select(path => $"{Path.GetRelativePath(data, path)} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))}")
            .Order(StringComparer.Ordinal),
    ];

    public static async Task ExecuteAsync(ClusterAddress address, string sql)
    {
        await using var source = NpgsqlDataSource.Create(address.ConnectionString + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }

    /// <summary>One number and hash for all rows.</summary>
    public static Task<string?> DigestAsync(ClusterAddress address) => DigestAsync(address.ConnectionString);

    /// <summary>One number and hash for all rows.</summary>
    public static async Task<string?> DigestAsync(string connectionString)
    {
        await using var source = NpgsqlDataSource.Create(connectionString + ";Pooling=false");
        await using var command = source.CreateCommand(
            "select count(*) || ' ' || md5(string_agg(id || answer, ',' order by id)) from field.rows");
        return await command.ExecuteScalarAsync(Token) as string;
    }

    public Task<BackupReport> BackUpAsync() =>
        TakeBackup.RunAsync(new BackupOptions(Data, Target), Progress, TimeProvider.System, Token);

    public Task<RestoreReport> RestoreAsync(
        string? rootKey = null, string? recoveryKeyFile = null, string? from = null, DateTimeOffset? to = null) =>
        RestoreBackup.RunAsync(
            new RestoreOptions(from ?? Target, Restored, rootKey, recoveryKeyFile) { To = to }, Progress, TimeProvider.System, Token);

    public Task<Store.BackupManifest> VerifyAsync() =>
        VerifyBackup.RunAsync(new VerifyOptions(Target), Progress, TimeProvider.System, Token);

    /// <summary>The log that is kept in the backup directory.</summary>
    public WalShelf OpenShelf()
    {
        _shelfKeyring ??= Keyring.Open(KeyringFiles.Below(Data), TimeProvider.System);
        return new WalShelf(new Store.BackupStore(Target), _shelfKeyring.InstallationId, _shelfKeyring.BackupKey);
    }

    /// <summary>PostgreSQL's number of the cluster.</summary>
    public static async Task<ulong> SystemAsync(ClusterAddress address) => ulong.Parse(
        await RunningReceiver.ScalarAsync(address, "select system_identifier from pg_control_system()") ?? "", CultureInfo.InvariantCulture);

    public void Dispose()
    {
        _shelfKeyring?.Dispose();
        _folder.Dispose();
    }

    /// <summary>Tells at once, on the caller's thread.</summary>
    private sealed class Teller(List<string> told) : IProgress<string>
    {
        public void Report(string value) => told.Add(value);
    }
}

/// <summary>A cluster with its lock; both end together.</summary>
internal sealed record RunningCluster(DataLock Held, PrivateCluster Cluster) : IAsyncDisposable
{
    public ClusterAddress Address => Cluster.Address;

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        Held.Dispose();
    }
}
