using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Copies;
using Fieldkeep.Backup.Driven;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Merkle;

namespace Fieldkeep.Backup;

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
        var driven = options.Driven is { } wish ? new DrivenCopy(wish, data, store, keyring, progress, clock) : null;
        try
        {
            return await FillAsync(data, files, store, isFollowed, driven, keyring, id, folder, progress, clock, cancellationToken);
        }
        finally
        {
            // Gone under its final name, or given up: a failed backup must not fill the disk.
            if (Directory.Exists(folder))
            {
                await (driven?.UndoAsync() ?? Task.CompletedTask);
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static async Task<BackupReport> FillAsync(
        ClusterFolders data,
        KeyringFiles files,
        BackupStore store,
        bool isFollowed,
        DrivenCopy? driven,
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
        DrivenPlace? place = null;
        var database = await WithClusterAsync(
            data, progress, clock,
            async address =>
            {
                if (driven is not null)
                {
                    var taken = await driven.WriteAsync(address, id, sealedFile, folder, cancellationToken);
                    (place, log) = (taken.Place, await FindPastAsync(address, shelf, taken.Log, clock, cancellationToken));
                    return taken.File;
                }

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
        var blobs = new CopyBlobs(data, store, progress);
        var blobList = await sealedFile.WriteAsync(
            folder, BackupStore.BlobListName, BlobCopy.Column,
            stream => blobs.RunAsync(stream, cancellationToken), cancellationToken);

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
            PgBackRest = place,
        };
        WriteManifest(folder, manifest, sealedFile);

        progress.Report("verifying every byte");
        await VerifyBackup.RunAsync(
            store, folder, keyring, (blob, damaged) => blobs.MendAsync(blob, damaged, cancellationToken), cancellationToken);
        var name = store.FinishBackup(folder, manifest);
        progress.Report($"the backup {name} is complete and verified");
        if (!keyring.HasRecoveryKey)
        {
            progress.Report(
                $"no recovery key was made yet: only the root key {files.RootKeyPath} opens this backup; make one, and keep it on paper");
        }

        return new BackupReport(name, store.FolderOf(name), takenAt, manifest.DatabaseBytes, blobs.Count, blobs.NewCount, blobs.Bytes, blobs.Damaged)
        {
            Log = log,
            PgBackRest = place,
        };
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

    private static void WriteManifest(string folder, BackupManifest manifest, SealedFile sealedFile)
    {
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var bytes = manifest.Write();
        DurableFile.WriteNew(Path.Combine(folder, BackupStore.SealedManifestName), sealedFile.SealManifest(bytes), OwnerOnly);
        DurableFile.WriteNew(Path.Combine(folder, BackupStore.ManifestName), bytes, OwnerOnly);
    }
}
