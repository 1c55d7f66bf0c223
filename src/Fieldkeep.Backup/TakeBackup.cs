using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Copies;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Merkle;

namespace Fieldkeep.Backup;

/// <summary>Says what to back up and where to.</summary>
/// <param name="DataDirectory">The data directory, of a running or a stopped server.</param>
/// <param name="TargetDirectory">The backup directory; made if absent, better on another disk.</param>
/// <param name="RootKeyPath">The root key file; null for the usual place below the data directory.</param>
public sealed record BackupOptions(string DataDirectory, string TargetDirectory, string? RootKeyPath = null)
{
    /// <summary>Whether another directory may begin where a known one lay: without it, one that is not mounted is refused.</summary>
    public bool IsNew { get; init; }

    /// <summary>Opens the root key at its provider; null to read its file.</summary>
    public OpenRoot? OpenRoot { get; init; }
}

/// <summary>Opens the root key of a keyring at its provider.</summary>
/// <param name="files">The keyring's copies, and where a root key file would be.</param>
/// <param name="cancellationToken">Gives up.</param>
/// <exception cref="Vault.VaultException">It is not to be had.</exception>
public delegate Task<RootKey> OpenRoot(KeyringFiles files, CancellationToken cancellationToken);

/// <summary>Tells what a backup holds.</summary>
/// <param name="Name">Its name below <c>backups/</c>.</param>
/// <param name="Folder">Its folder.</param>
/// <param name="TakenAt">When it was begun.</param>
/// <param name="DatabaseBytes">The sealed database copy.</param>
/// <param name="BlobCount">Blobs it names.</param>
/// <param name="NewBlobCount">Blobs that were not in the backup directory before.</param>
/// <param name="BlobBytes">Bytes of the blobs it names.</param>
/// <param name="DamagedBlobs">Paths of blobs that were damaged in the data directory already; copied as they are.</param>
public sealed record BackupReport(
    string Name,
    string Folder,
    DateTimeOffset TakenAt,
    long DatabaseBytes,
    long BlobCount,
    long NewBlobCount,
    long BlobBytes,
    IReadOnlyList<string> DamagedBlobs)
{
    /// <summary>Where in the log the copy of the database lies.</summary>
    public BackupLog? Log { get; init; }
}

/// <summary>Takes an encrypted copy of database, blobs and keyring, and verifies it before it gets a name. docs/formats/backup.md.</summary>
public static class TakeBackup
{
    private static readonly TimeSpan LogWait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LogLook = TimeSpan.FromMilliseconds(200);

    /// <summary>Takes a backup while the server runs or is stopped.</summary>
    /// <param name="progress">Receives sentences for the operator, without secrets.</param>
    /// <exception cref="BackupException">Why not.</exception>
    /// <exception cref="ClusterException">PostgreSQL cannot be started.</exception>
    /// <exception cref="Vault.VaultException">The keys cannot be used.</exception>
    public static async Task<BackupReport> RunAsync(
        BackupOptions options, IProgress<string> progress, TimeProvider clock, CancellationToken cancellationToken)
    {
        var data = new ClusterFolders(options.DataDirectory);
        RequireApart(data, new BackupStore(options.TargetDirectory));
        var files = KeyringFiles.Below(data.Root);
        files = files with { RootKeyPath = Path.GetFullPath(options.RootKeyPath ?? files.RootKeyPath) };
        var root = options is { OpenRoot: { } open, RootKeyPath: null } ? await open(files, cancellationToken) : RootKey.Read(files.RootKeyPath);
        using var keyring = Keyring.OpenReadOnly(root, files.KeyringPaths, clock);
        return await RunAsync(options, keyring, progress, clock, cancellationToken);
    }

    /// <summary>Takes a backup with keys that are open already: a server asks nobody for its root key again.</summary>
    /// <exception cref="BackupException">Why not.</exception>
    internal static Task<BackupReport> RunAsync(
        BackupOptions options, Keyring keyring, IProgress<string> progress, TimeProvider clock, CancellationToken cancellationToken) =>
        RunAsync(options, new BackupStore(options.TargetDirectory), isFollowed: false, keyring, progress, clock, cancellationToken);

    /// <summary>Takes a backup into a directory that is followed: one that the log carries on, or none.</summary>
    /// <exception cref="BackupException">Why not.</exception>
    internal static Task<BackupReport> RunAsync(
        BackupOptions options, BackupStore store, Keyring keyring, IProgress<string> progress, TimeProvider clock, CancellationToken cancellationToken) =>
        RunAsync(options, store, isFollowed: true, keyring, progress, clock, cancellationToken);

    private static async Task<BackupReport> RunAsync(
        BackupOptions options,
        BackupStore store,
        bool isFollowed,
        Keyring keyring,
        IProgress<string> progress,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var data = new ClusterFolders(options.DataDirectory);
        RequireApart(data, store);
        store = store.RequireMounted();
        var files = KeyringFiles.Below(data.Root);
        files = files with { RootKeyPath = Path.GetFullPath(options.RootKeyPath ?? files.RootKeyPath) };
        if (!options.IsNew)
        {
            RequireKnown(store, files.KeyringPaths);
        }

        using var held = store.Lock();
        // Before the long work: an other installation's directory is refused at once.
        keyring.CopyTo(store.KeyringPaths);
        // From now on a project that is erased loses its keys here, too; one that was erased in between has, by the second copy.
        KeyringTargets.Add(files.KeyringPaths, store.Root);
        keyring.CopyTo(store.KeyringPaths);
        var id = KeyId.Create().Value;
        var folder = store.BeginBackup(id);
        try
        {
            return await FillAsync(data, files, store, isFollowed, keyring, id, folder, progress, clock, cancellationToken);
        }
        finally
        {
            // Gone under its final name, or given up: a failed backup must not fill the disk.
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static async Task<BackupReport> FillAsync(
        ClusterFolders data,
        KeyringFiles files,
        BackupStore store,
        bool isFollowed,
        Keyring keyring,
        Guid id,
        string folder,
        IProgress<string> progress,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var takenAt = clock.GetUtcNow();
        var sealedFile = new SealedFile(keyring.BackupKey, keyring.InstallationId, id) { RequireRoom = store.RequireRoom };
        var shelf = new WalShelf(store, keyring.InstallationId, keyring.BackupKey);
        // Before the blobs are looked at: whatever is noted from now on came after this backup.
        var noted = shelf.CountBlobs();

        // Before the database: what is copied then has this checkpoint.
        var checkpoint = CheckpointFile.FindLast(CheckpointFile.Below(data.Root))?.Note;

        progress.Report("copying the database");
        var binaries = await PostgresBinaries.FindAsync(data.Cluster, cancellationToken);
        BackupLog? log = null;
        var database = await WithClusterAsync(
            data, progress, clock,
            async address =>
            {
                var copy = await sealedFile.WriteAsync(
                    folder, BackupStore.DatabaseName, DatabaseCopy.Column,
                    async stream => log = await DatabaseCopy.WriteAsync(address, binaries, id, stream, clock, cancellationToken), cancellationToken);
                log = await FindPastAsync(address, shelf, log, clock, cancellationToken);
                return copy;
            },
            cancellationToken);
        if (isFollowed && log?.Past is null)
        {
            throw new BackupException(
                BackupTrouble.ToolFailed, "the log that is received does not carry on the copy of the database", "it is taken again");
        }

        progress.Report("copying the blobs");
        var blobs = new BlobTotals();
        var blobList = await sealedFile.WriteAsync(
            folder, BackupStore.BlobListName, BlobCopy.Column,
            stream => CopyBlobsAsync(data, store, stream, blobs, cancellationToken), cancellationToken);

        var others = await sealedFile.WriteAsync(
            folder, BackupStore.OtherFilesName, OtherFiles.Column,
            stream => OtherFiles.WriteAsync(data.Root, stream, cancellationToken), cancellationToken);
        foreach (var damaged in blobs.Damaged)
        {
            progress.Report($"the blob {damaged} is damaged in the data directory: its bytes do not have the SHA-256 of its name");
        }

        keyring.CopyTo(store.KeyringPaths);
        var manifest = new BackupManifest(
            BackupManifest.CurrentFormat, id, keyring.InstallationId, takenAt, binaries.MajorVersion, keyring.Generation,
            keyring.RootFingerprint, files.RootKeyPath, [database, blobList, others], blobs.Count, blobs.Bytes)
        {
            Checkpoint = checkpoint,
            Log = log,
            IsFollowed = isFollowed ? true : null,
            NotedBlobs = noted,
        };
        WriteManifest(folder, manifest, sealedFile);

        progress.Report("verifying every byte");
        await VerifyBackup.RunAsync(
            store, folder, keyring, (blob, damaged) => MendAsync(data, store, blob, damaged, progress, cancellationToken), cancellationToken);
        var name = store.FinishBackup(folder, manifest);
        progress.Report($"the backup {name} is complete and verified");
        if (!keyring.HasRecoveryKey)
        {
            progress.Report(
                $"no recovery key was made yet: only the root key {files.RootKeyPath} opens this backup; make one, and keep it on paper");
        }

        return new BackupReport(name, store.FolderOf(name), takenAt, database.Bytes, blobs.Count, blobs.NewCount, blobs.Bytes, blobs.Damaged) { Log = log };
    }

    // The log carries the copy on if what is kept of it fits the database of now. A receiver that runs has it in a moment.
    private static async Task<BackupLog?> FindPastAsync(
        ClusterAddress address, WalShelf shelf, BackupLog? log, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (log is null || shelf.Pasts(log.SystemNumber) is not [.., var newest])
        {
            return log;
        }

        for (var begun = clock.GetTimestamp(); clock.GetElapsedTime(begun) < LogWait;)
        {
            if (shelf.Timelines(newest)[^1] == log.Timeline // pasts that are listed have one
                && WalRunReader.FindEnd(shelf, newest, log.Timeline) >= log.StopPlace)
            {
                break;
            }

            await Task.Delay(LogLook, clock, cancellationToken);
        }

        var past = await new WalContinuity(shelf, new OwnLog(address)).FindPastAsync(log.SystemNumber, log.Timeline, cancellationToken);
        return log with { Past = past?.Number };
    }

    /// <summary>Requires that a path at which a backup directory is known has one: what is not mounted must not be begun anew beside its place.</summary>
    /// <exception cref="BackupException">WrongFolder.</exception>
    internal static void RequireKnown(BackupStore store, IReadOnlyList<string> keyringPaths)
    {
        if (KeyringTargets.List(keyringPaths).Any(target => target.Directory == store.Root)
            && KeyringTargets.FindId(store.Root) is null && !store.KeyringPaths.Any(File.Exists))
        {
            throw new BackupException(
                BackupTrouble.WrongFolder,
                $"the backup directory {store.Root} is not there: it was used before, and nothing there has an id in keys/id",
                "mount it; to begin with an empty one at that place, take a backup into it once with “fieldkeep backup --to … --new”");
        }
    }

    internal static void RequireApart(ClusterFolders data, BackupStore store)
    {
        if (!Directory.Exists(data.Cluster))
        {
            throw new BackupException(
                BackupTrouble.WrongFolder,
                $"{data.Root} has no database of its own: there is no {data.Cluster}",
                "give the server's --data; a database given with --database is backed up with its own tools");
        }

        if (store.Root == Path.Combine(data.Root, BackupStore.Below))
        {
            return;
        }

        if ((store.Root + "/").StartsWith(data.Root + "/", StringComparison.Ordinal)
            || (data.Root + "/").StartsWith(store.Root + "/", StringComparison.Ordinal))
        {
            throw new BackupException(
                BackupTrouble.WrongFolder,
                $"the backup directory {store.Root} and the data directory {data.Root} lie in one another",
                "give a directory elsewhere, best on another disk");
        }
    }

    private static async Task<BackupFile> WithClusterAsync(
        ClusterFolders data,
        IProgress<string> progress,
        TimeProvider clock,
        Func<ClusterAddress, Task<BackupFile>> copy,
        CancellationToken cancellationToken)
    {
        // The lock first: who holds it decides whether a running PostgreSQL is a server's or an orphan to adopt.
        using var held = DataLock.TryTake(data.Root);
        if (held is null)
        {
            return await copy(PrivateCluster.FindRunning(data.Root) ?? throw new BackupException(
                BackupTrouble.InUse,
                $"a server holds {data.Root} but its PostgreSQL does not run yet",
                "try again when the server has started"));
        }

        await using var cluster = await PrivateCluster.StartAsync(
            held, ClusterMode.Durable, progress.Report, clock, cancellationToken);
        return await copy(cluster.Address);
    }

    private static async Task CopyBlobsAsync(
        ClusterFolders data, BackupStore store, Stream list, BlobTotals totals, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(data.Root, "blobs");
        foreach (var path in BlobCopy.Find(folder))
        {
            if (await BlobCopy.StoreAsync(folder, path, store, "copying", cancellationToken) is not { } blob)
            {
                continue;
            }

            await BlobList.WriteAsync(list, blob.Entry, cancellationToken);
            totals.Add(blob, path);
        }
    }

    // What went bad in the store is copied anew. One that the data directory has not either must not end all backups.
    private static async Task MendAsync(
        ClusterFolders data, BackupStore store, BlobEntry blob, BackupException damaged, IProgress<string> progress, CancellationToken cancellationToken)
    {
        if (await BlobCopy.RepairAsync(Path.Combine(data.Root, "blobs"), blob, store, "copying", cancellationToken))
        {
            await BlobCopy.VerifyAsync(store, blob, cancellationToken);
            progress.Report($"{damaged.Message}; it was copied anew");
        }
        else
        {
            progress.Report($"{damaged.Message}; the data directory has no good one either: it is lost unless another copy of the backup directory has it");
        }
    }

    private static void WriteManifest(string folder, BackupManifest manifest, SealedFile sealedFile)
    {
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var bytes = manifest.Write();
        DurableFile.WriteNew(Path.Combine(folder, BackupStore.SealedManifestName), sealedFile.SealManifest(bytes), OwnerOnly);
        DurableFile.WriteNew(Path.Combine(folder, BackupStore.ManifestName), bytes, OwnerOnly);
    }

    private sealed class BlobTotals
    {
        public long Count { get; private set; }

        public long NewCount { get; private set; }

        public long Bytes { get; private set; }

        public List<string> Damaged { get; } = [];

        public void Add(StoredBlob blob, string path)
        {
            if (!blob.IsAsNamed)
            {
                Damaged.Add(path);
            }

            Count++;
            NewCount += blob.IsNew ? 1 : 0;
            Bytes += blob.Entry.Bytes;
        }
    }
}
