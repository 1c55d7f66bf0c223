using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup;

/// <summary>Tells what a restore would do.</summary>
/// <param name="Backup">The base backup's name.</param>
/// <param name="TakenAt">When that was begun, UTC.</param>
/// <param name="To">The instant; null for the backup alone or for all there is.</param>
/// <param name="Until">The last instant that can be restored from that backup, UTC; null when no log was read after it: as it was when it was taken.</param>
public sealed record RestorePlan(string Backup, DateTimeOffset TakenAt, DateTimeOffset? To, DateTimeOffset? Until)
{
    /// <summary>The timeline whose log is replayed; 0 for the backup alone.</summary>
    public uint Timeline { get; init; }

    /// <summary>Where in the log replaying begins, like <c>0/3000000</c>; null for the backup alone.</summary>
    public string? LogFrom { get; init; }

    /// <summary>Where the log that is kept ends; null for the backup alone.</summary>
    public string? LogEnd { get; init; }

    /// <summary>Segments of the log, 16 MiB each, that are kept after the backup.</summary>
    public int SegmentCount { get; init; }

    /// <summary>Bytes of the sealed files of the log.</summary>
    public long LogBytes { get; init; }

    /// <summary>Bytes of the sealed copy of the database.</summary>
    public long DatabaseBytes { get; init; }

    /// <summary>Bytes of the database itself, where pgBackRest copied and told them; null to reckon.</summary>
    internal long? ToldBytes { get; init; }

    /// <summary>Bytes that the database may take where it is restored.</summary>
    internal long RestoredBytes => ToldBytes ?? (DatabaseBytes * BackupManifest.MostCompressed);

    /// <summary>Blobs, those that came after the backup included.</summary>
    public long BlobCount { get; init; }

    /// <summary>Their bytes.</summary>
    public long BlobBytes { get; init; }
}

/// <summary>Says what a restore would do, after reading all of the log it needs. Writes nothing anywhere.</summary>
public static class PlanRestore
{
    /// <summary>Chooses as <see cref="RestoreBackup"/> does and refuses what that would refuse, except for damage in the base backup itself.</summary>
    /// <param name="progress">Receives sentences for the operator, without secrets.</param>
    /// <exception cref="BackupException">Why it could not be restored.</exception>
    /// <exception cref="Vault.VaultException">The key given is unusable or another one.</exception>
    public static async Task<RestorePlan> RunAsync(
        RestoreOptions options, IProgress<string> progress, TimeProvider clock, CancellationToken cancellationToken)
    {
        var (store, given) = BackupStore.Find(options.From);
        RestoreBackup.RequireEmpty(new Clusters.ClusterFolders(options.DataDirectory));
        var root = await RootKeySource.FindAsync(
            options.RecoveryKeyFile, options.RootKeyPath, options.OpenRoot, store,
            given is null ? VerifyBackup.ReadNewestClearManifest(store) : VerifyBackup.ReadClearManifest(store.FolderOf(given)), progress, cancellationToken);
        using var keyring = Keyring.OpenReadOnly(root, store.KeyringPaths, clock);
        return await PlanAsync(store, given, options.To, keyring, progress, cancellationToken);
    }

    /// <summary>Does so beside the living server, with keys that are open.</summary>
    /// <param name="from">The backup directory, or one backup in it.</param>
    /// <param name="to">The instant; <see cref="RestoreOptions.Latest"/> for all there is, null for the backup alone.</param>
    /// <param name="keyring">The opened keys of the installation.</param>
    /// <param name="progress">Receives sentences for the operator, without secrets.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BackupException">Why it could not be restored.</exception>
    /// <exception cref="Vault.VaultException">The backup is of another installation.</exception>
    public static Task<RestorePlan> RunAsync(
        string from, DateTimeOffset? to, Keyring keyring, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var (store, given) = BackupStore.Find(from);
        return PlanAsync(store, given, to, keyring, progress, cancellationToken);
    }

    private static async Task<RestorePlan> PlanAsync(
        BackupStore store, string? given, DateTimeOffset? to, Keyring keyring, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var shelf = new WalShelf(store, keyring.InstallationId, keyring.BackupKey);
        var choice = RestoreChoice.Make(store, shelf, given, to, keyring, progress);
        var reach = new WalReach(shelf, choice);
        var run = reach.Read(isAll: true, cancellationToken);
        reach.Require(run, progress);
        var later = choice.To is null ? [] : await LaterBlobs.FindAsync(store, shelf, choice, keyring, progress.Report, cancellationToken);
        var listed = new HashSet<string>(StringComparer.Ordinal);
        await LaterBlobs.ReadListAsync(
            store, choice.Backup, keyring,
            blob =>
            {
                listed.Add(blob.Path);
                return Task.CompletedTask;
            },
            cancellationToken);
        var added = later.Where(blob => !listed.Contains(blob.Path)).ToList();
        var manifest = choice.Manifest;
        return new RestorePlan(choice.Backup, manifest.TakenAt, to == RestoreOptions.Latest ? null : to, run.Until)
        {
            Timeline = choice.Timeline,
            LogFrom = choice.Stretches is [var first, ..] ? first.From.ToString() : null,
            LogEnd = choice.Stretches.Count > 0 ? run.End.ToString() : null,
            SegmentCount = run.SegmentCount,
            LogBytes = run.SealedBytes,
            DatabaseBytes = manifest.DatabaseBytes,
            ToldBytes = manifest.PgBackRest?.DatabaseBytes,
            BlobCount = manifest.BlobCount + added.Count,
            BlobBytes = manifest.BlobBytes + added.Sum(blob => blob.Bytes),
        };
    }
}
