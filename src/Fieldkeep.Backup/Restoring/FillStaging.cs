using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Copies;
using Fieldkeep.Backup.Driven;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup.Restoring;

/// <summary>Fills the folder in which a restore is prepared: blobs, other files, the database with its log, and, for one that is to live, its keys.</summary>
internal sealed class FillStaging(
    RestoreOptions options,
    BackupStore store,
    WalShelf shelf,
    RestoreChoice choice,
    WalReach reach,
    WalRun verified,
    Keyring keyring,
    ClusterFolders staging,
    IProgress<string> progress,
    TimeProvider clock)
{
    // Read last: also where archiving is turned on in postgresql.conf itself.
    private const string NoneOfTheirs = "archive_mode = 'off'\n";

    private readonly string _folder = store.FolderOf(choice.Backup);
    private readonly string _blobs = Path.Combine(staging.Root, "blobs");
    private readonly List<string> _missing = [];

    /// <summary>Fills it, starts its database once and has it looked at.</summary>
    /// <param name="root">The root key of one that is to live; null for one that is removed again.</param>
    /// <exception cref="BackupException">Why it could not be restored.</exception>
    /// <exception cref="ClusterException">PostgreSQL cannot be started.</exception>
    public async Task<FilledStaging> RunAsync(RootKey? root, CancellationToken cancellationToken)
    {
        using var held = DataLock.Take(staging.Root);
        var (manifest, sealedFile) = VerifyBackup.OpenManifest(_folder, keyring);
        progress.Report("restoring the blobs");
        DurableFile.CreatePrivateDirectory(_blobs);
        var blobs = 0L;
        await sealedFile.ReadAsync(
            _folder, manifest.File(BackupStore.BlobListName), BlobCopy.Column,
            async stream =>
            {
                await foreach (var blob in BlobList.ReadAsync(stream, cancellationToken))
                {
                    blobs += await RestoreAsync([blob], cancellationToken);
                }
            },
            cancellationToken);
        await sealedFile.ReadAsync(
            _folder, manifest.File(BackupStore.OtherFilesName), OtherFiles.Column,
            stream => OtherFiles.ReadAsync(stream, staging.Root, cancellationToken), cancellationToken);
        progress.Report("restoring the database");
        if (manifest.PgBackRest is not null)
        {
            await new DrivenFiles(store, _folder, manifest, sealedFile).RestoreAsync(staging.Cluster, staging.Root, options.RequireRoom, cancellationToken);
        }
        else
        {
            await sealedFile.ReadAsync(
                _folder, manifest.File(BackupStore.DatabaseName), DatabaseCopy.Column,
                stream => DatabaseCopy.ExtractAsync(stream, staging.Cluster, options.RequireRoom, cancellationToken), cancellationToken);
        }

        if (root is null)
        {
            // An operator's own settings are of the living one: its archive, its standbys, half of the machine's memory.
            await File.WriteAllTextAsync(Path.Combine(staging.Cluster, "postgresql.auto.conf"), NoneOfTheirs, cancellationToken);
        }

        var recovery = new Recovery(staging, choice, reach, verified, options.RequireRoom, progress);
        recovery.Prepare(cancellationToken);
        await ClusterAccount.GiveTreeAsync(staging.Cluster, cancellationToken);
        progress.Report("replaying the log");
        var lastCommit = await recovery.RunAsync(cancellationToken);
        // After the log was read to its end: what its last changes name may have come while the rest was restored.
        var later = await RestoreLaterAsync(recovery.Until, cancellationToken);
        var (tables, past) = await CheckStaging.RunAsync(
            held, RestoredOf(manifest, lastCommit), options.Check, progress, clock, cancellationToken);
        if (root is not null)
        {
            await WriteRestoredKeys.RunAsync(store, keyring, root, staging, options, progress, clock, cancellationToken);
        }

        return new FilledStaging(tables, past, lastCommit, blobs, later, _missing);
    }

    private RestoredInstallation RestoredOf(BackupManifest manifest, DateTimeOffset? lastCommit) => new("", staging.Root, keyring, manifest.Checkpoint)
    {
        Backup = choice.Backup,
        AsOf = options.To is { } to && to != RestoreOptions.Latest ? to : lastCommit ?? manifest.TakenAt,
    };

    private async Task<long> RestoreLaterAsync(DateTimeOffset? until, CancellationToken cancellationToken)
    {
        if (choice.To is null)
        {
            return 0;
        }

        await options.UntilBlobsFollowed(until, cancellationToken);
        return await RestoreAsync(await LaterBlobs.FindAsync(store, shelf, choice, keyring, _missing.Add, cancellationToken), cancellationToken);
    }

    private Task<long> RestoreAsync(IEnumerable<BlobEntry> blobs, CancellationToken cancellationToken) =>
        LaterBlobs.RestoreAsync(store, blobs, _blobs, options.RequireRoom, _missing.Add, cancellationToken);
}

/// <summary>Tells what was prepared.</summary>
/// <param name="TableCount">Tables the restored database answered with.</param>
/// <param name="Past">Whether the ledger and the submissions hold; null when nobody looked.</param>
/// <param name="LastCommitAt">The time of the last commit that was replayed, UTC; null if there was none after the backup.</param>
/// <param name="BlobCount">Blobs of the backup brought back.</param>
/// <param name="LaterBlobCount">Blobs brought back that came after it.</param>
/// <param name="Missing">What is missing or damaged and was not needed to go on, in sentences.</param>
internal sealed record FilledStaging(
    long TableCount, RestoreVerdict? Past, DateTimeOffset? LastCommitAt, long BlobCount, long LaterBlobCount, List<string> Missing);
