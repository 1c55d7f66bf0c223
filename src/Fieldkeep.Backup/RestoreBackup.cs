using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Copies;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Roots;
using Npgsql;

namespace Fieldkeep.Backup;

/// <summary>Makes a data directory from a backup that <c>serve</c> can start. docs/operations/restore.md.</summary>
public static class RestoreBackup
{
    /// <summary>The empty file that tells the next <c>serve</c> to end the sessions that came back with the database.</summary>
    public const string Mark = "restored";

    /// <summary>The empty file that tells <c>serve</c> to store what the intake journal has since; nothing else takes it away.</summary>
    public const string JournalMark = "journal.again";

    private const string Staging = ".restoring";

    // Written from the database while that is checked; one of an older release has none.
    private const string Checkpoints = "checkpoints";

    private const string CountTables = """
        select count(*) from pg_catalog.pg_class where relkind in ('r', 'p') and relnamespace not in (
            select oid from pg_catalog.pg_namespace where nspname in ('pg_catalog', 'information_schema', 'pg_toast'))
        """;

    // Leftovers of a killed restore, and what makers of file systems put into an empty one.
    private static readonly string[] MayBeThere = [Staging, "lock", "lost+found"];

    /// <summary>Verifies a backup, restores it, starts its database once and checks it.</summary>
    /// <param name="progress">Receives sentences for the operator, without secrets.</param>
    /// <exception cref="BackupException">Why not; the data directory is then as empty as before.</exception>
    /// <exception cref="ClusterException">PostgreSQL cannot be started.</exception>
    /// <exception cref="Vault.VaultException">The key given is unusable or another one.</exception>
    public static async Task<RestoreReport> RunAsync(
        RestoreOptions options, IProgress<string> progress, TimeProvider clock, CancellationToken cancellationToken)
    {
        var (store, given) = BackupStore.Find(options.From);
        var data = new ClusterFolders(options.DataDirectory);
        RequireEmpty(data);
        var root = await RootKeySource.FindAsync(
            options.RecoveryKeyFile, options.RootKeyPath, options.OpenRoot, store,
            given is null ? VerifyBackup.ReadNewestClearManifest(store) : VerifyBackup.ReadClearManifest(store.FolderOf(given)), progress, cancellationToken);
        using var keyring = Keyring.OpenReadOnly(root, store.KeyringPaths, clock);
        foreach (var lagging in Keyring.FindLaggingCopies(store.KeyringPaths))
        {
            progress.Report($"the keyring copy {lagging} is damaged or older; using the other one");
        }

        return await RunAsync(options, store, given, keyring, root, progress, clock, cancellationToken);
    }

    /// <summary>
    /// Does all of a restore with keys that are open, and removes what was restored: its keys are not written, and it is not moved into place.
    /// </summary>
    /// <exception cref="BackupException">Why it could not be restored.</exception>
    /// <exception cref="ClusterException">PostgreSQL cannot be started.</exception>
    internal static Task<RestoreReport> TryAsync(
        RestoreOptions options, BackupStore store, Keyring keyring, IProgress<string> progress, TimeProvider clock, CancellationToken cancellationToken) =>
        RunAsync(options, store, null, keyring, null, progress, clock, cancellationToken);

    private static async Task<RestoreReport> RunAsync(
        RestoreOptions options,
        BackupStore store,
        string? given,
        Keyring keyring,
        RootKey? root,
        IProgress<string> progress,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var data = new ClusterFolders(options.DataDirectory);
        var shelf = new WalShelf(store, keyring.InstallationId, keyring.BackupKey);
        var choice = RestoreChoice.Make(store, shelf, given, options.To, keyring, progress);
        var reach = new WalReach(shelf, choice);
        var verified = WalRun.EmptyAt(default);
        if (options.To is not null)
        {
            progress.Report($"verifying the log of changes after the backup {choice.Backup}");
            verified = reach.Read(isAll: false, cancellationToken);
            reach.Require(verified, progress);
        }

        var name = choice.Backup;
        var folder = store.FolderOf(name);
        progress.Report($"verifying every byte of the backup {name}");
        var manifest = await VerifyBackup.VerifyContentAsync(
            store, folder, keyring,
            (_, damaged) =>
            {
                // One blob is no reason to do without all the rest; it is named again at the end.
                progress.Report(damaged.Message);
                return Task.CompletedTask;
            },
            cancellationToken);

        using var held = DataLock.Take(data.Root);
        RequireEmpty(data);
        var staging = new ClusterFolders(Path.Combine(data.Root, Staging));
        RemoveStaging(staging);
        try
        {
            var recovery = new Recovery(staging, choice, reach, verified, progress);
            var missing = new List<string>();
            var laterBlobs = choice.To is null
                ? []
                : await LaterBlobs.FindAsync(store, shelf, choice, keyring, missing.Add, cancellationToken);
            var (baseCount, laterCount) = (0L, 0L);
            var (tables, past, lastCommit) = await FillAsync(
                store, folder, keyring, root, staging, options, recovery,
                async (blob, blobs) => baseCount += await LaterBlobs.RestoreAsync(store, [blob], blobs, missing.Add, cancellationToken),
                async blobs => laterCount = await LaterBlobs.RestoreAsync(store, laterBlobs, blobs, missing.Add, cancellationToken),
                progress, clock, cancellationToken);
            missing.ForEach(progress.Report);
            if (root is not null)
            {
                MoveIntoPlace(staging, data);
                var instant = options.To is null ? $"{manifest.TakenAt:u}"
                    : options.To != RestoreOptions.Latest ? $"{options.To.Value.UtcDateTime:yyyy-MM-dd HH:mm:ss.ffffff}Z"
                    : $"the end of its log; the last commit is of {lastCommit ?? manifest.TakenAt:yyyy-MM-dd HH:mm:ss.ffffff}Z";
                progress.Report($"{data.Root} is as it was at {instant}; start it with: fieldkeep serve --data {data.Root}");
            }

            return new RestoreReport(name, manifest.TakenAt, baseCount, tables, past)
            {
                To = options.To == RestoreOptions.Latest ? null : options.To,
                LastCommitAt = options.To is null ? null : lastCommit,
                LaterBlobCount = laterCount,
                Missing = missing,
            };
        }
        finally
        {
            RemoveStaging(staging);
        }
    }

    /// <summary>Does as <see cref="TryAsync(RestoreOptions, BackupStore, Keyring, IProgress{string}, TimeProvider, CancellationToken)"/> with one backup of the directory.</summary>
    /// <param name="given">The backup's name; null for the one that the instant asks for.</param>
    internal static Task<RestoreReport> TryGivenAsync(
        RestoreOptions options, BackupStore store, string? given, Keyring keyring, IProgress<string> progress, TimeProvider clock, CancellationToken cancellationToken) =>
        RunAsync(options, store, given, keyring, null, progress, clock, cancellationToken);

    internal static void RequireEmpty(ClusterFolders data)
    {
        var found = Directory.Exists(data.Root)
            ? Directory.EnumerateFileSystemEntries(data.Root).Select(path => Path.GetFileName(path))
                .FirstOrDefault(name => !MayBeThere.Contains(name, StringComparer.Ordinal))
            : null;
        if (found is not null)
        {
            throw new BackupException(
                BackupTrouble.WrongFolder,
                $"the data directory {data.Root} is not empty: it has “{found}”",
                "restore into a new directory; what is there is never overwritten");
        }
    }

    private static async Task<(long Tables, RestoreVerdict? Past, DateTimeOffset? LastCommit)> FillAsync(
        BackupStore store,
        string folder,
        Keyring keyring,
        RootKey? root,
        ClusterFolders staging,
        RestoreOptions options,
        Recovery recovery,
        Func<BlobEntry, string, Task> restoreBlob,
        Func<string, Task> restoreLaterBlobs,
        IProgress<string> progress,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        using var held = DataLock.Take(staging.Root);
        var (manifest, sealedFile) = VerifyBackup.OpenManifest(folder, keyring);
        progress.Report("restoring the blobs");
        var blobs = Path.Combine(staging.Root, "blobs");
        DurableFile.CreatePrivateDirectory(blobs);
        await sealedFile.ReadAsync(
            folder, manifest.File(BackupStore.BlobListName), BlobCopy.Column,
            async stream =>
            {
                await foreach (var blob in BlobList.ReadAsync(stream, cancellationToken))
                {
                    await restoreBlob(blob, blobs);
                }
            },
            cancellationToken);
        await restoreLaterBlobs(blobs);

        await sealedFile.ReadAsync(
            folder, manifest.File(BackupStore.OtherFilesName), OtherFiles.Column,
            stream => OtherFiles.ReadAsync(stream, staging.Root, cancellationToken), cancellationToken);
        progress.Report("restoring the database");
        await sealedFile.ReadAsync(
            folder, manifest.File(BackupStore.DatabaseName), DatabaseCopy.Column,
            stream => DatabaseCopy.ExtractAsync(stream, staging.Cluster, cancellationToken), cancellationToken);
        recovery.Prepare(cancellationToken);
        await ClusterAccount.GiveTreeAsync(staging.Cluster, cancellationToken);
        progress.Report("replaying the log");
        var lastCommit = await recovery.RunAsync(cancellationToken);
        var (tables, past) = await CheckAsync(
            held,
            staging,
            address => options.Check is null
                ? Task.FromResult<RestoreVerdict?>(null)
                : LookAsync(options.Check, new RestoredInstallation(address, staging.Root, keyring, manifest.Checkpoint)
                {
                    Backup = Path.GetFileName(folder),
                    AsOf = options.To is { } to && to != RestoreOptions.Latest ? to : lastCommit ?? manifest.TakenAt,
                }, cancellationToken),
            progress,
            clock,
            cancellationToken);
        if (root is not null)
        {
            await WriteKeysAsync(store, keyring, root, staging, options, progress, clock, cancellationToken);
        }

        return (tables, past, lastCommit);
    }

    private static async Task WriteKeysAsync(
        BackupStore store,
        Keyring keyring,
        RootKey root,
        ClusterFolders staging,
        RestoreOptions options,
        IProgress<string> progress,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        await File.WriteAllBytesAsync(Path.Combine(staging.Root, Mark), [], cancellationToken);
        await File.WriteAllBytesAsync(Path.Combine(staging.Root, JournalMark), [], cancellationToken);
        var files = KeyringFiles.Below(staging.Root);
        keyring.RestoreTo(files.KeyringPaths);
        RestoreTargets(store, files, new ClusterFolders(options.DataDirectory).Root, options.IsRehearsal);
        if (options is { RecoveryKeyFile: null, RootKeyPath: null } && RootSlips.Read(files.KeyringPaths) is [{ Provider: var provider }, ..])
        {
            // Held elsewhere: it must not lie in clear beside the data because somebody restored them.
            progress.Report($"the root key stays with {provider}");
        }
        else
        {
            // Given by hand: whoever held it may be gone.
            RootSlips.Write(files.KeyringPaths, []);
            root.Write(files.RootKeyPath);
            using var opened = Keyring.Open(files, clock);
            progress.Report("the keys open");
        }

        if (!(await ToolProcess.RunAsync(["sync", "-f", staging.Root], cancellationToken)).Succeeded)
        {
            throw new BackupException(
                BackupTrouble.ToolFailed, $"what was restored could not be written to the disk of {staging.Root}", "is the disk full or failing?");
        }
    }

    // The backup brought those that were known when it was taken; one of before they were sealed into backups brought none.
    private static void RestoreTargets(BackupStore store, KeyringFiles files, string data, bool isRehearsal)
    {
        if (isRehearsal)
        {
            File.Delete(Path.Combine(DurableFile.DirectoryOf(files.KeyringPaths[0]), Path.GetFileName(KeyringTargets.RelativePath)));
            return;
        }

        // The restored server has none below its data directory; it begins another one there.
        KeyringTargets.Forget(files.KeyringPaths, FollowBackup.DefaultDirectory(data));
        KeyringTargets.AddUnwritten(files.KeyringPaths, store.Root);
    }

    private static async Task<RestoreVerdict?> LookAsync(
        CheckRestored check, RestoredInstallation restored, CancellationToken cancellationToken) => await check(restored, cancellationToken);

    private static async Task<(long Tables, RestoreVerdict? Past)> CheckAsync(
        DataLock held,
        ClusterFolders staging,
        Func<string, Task<RestoreVerdict?>> look,
        IProgress<string> progress,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        progress.Report("starting the restored database once");
        long tables;
        RestoreVerdict? past;
        PostgresBinaries binaries;
        await using (var cluster = await PrivateCluster.StartAsync(held, ClusterMode.Durable, progress.Report, clock, cancellationToken))
        {
            binaries = cluster.Binaries;
            await using var connection = new NpgsqlConnection(cluster.Address.ConnectionString + ";Pooling=false");
            await connection.OpenAsync(cancellationToken);
            await using var count = new NpgsqlCommand(CountTables, connection);
            tables = await count.ExecuteScalarAsync(cancellationToken) is long counted ? counted : 0;
            past = await look(cluster.Address.ConnectionString);
        }

        var pages = await ToolProcess.RunAsync(
            [binaries.PathOf("pg_checksums"), "--check", $"--pgdata={staging.Cluster}"], cancellationToken);
        if (!pages.Succeeded)
        {
            throw new BackupException(
                BackupTrouble.Damaged,
                $"the restored database has damaged pages: {pages.LastLine}",
                "they were damaged before the backup was taken; restore an earlier backup");
        }

        progress.Report($"the database answers, has {tables} tables and sound pages");
        return (tables, past);
    }

    private static void MoveIntoPlace(ClusterFolders staging, ClusterFolders data)
    {
        // The database last: without it the directory is plainly not a restored one.
        IEnumerable<string> names =
        [
            .. OtherFiles.Find(staging.Root).Select(path => Path.GetFileName(path)),
            .. Directory.Exists(Path.Combine(staging.Root, Checkpoints)) ? [Checkpoints] : Array.Empty<string>(),
            "keys",
            "blobs",
            "postgres",
        ];
        foreach (var name in names)
        {
            Directory.Move(Path.Combine(staging.Root, name), Path.Combine(data.Root, name));
        }

        DurableFile.SyncDirectory(data.Root);
    }

    private static void RemoveStaging(ClusterFolders staging)
    {
        if (Directory.Exists(staging.Root))
        {
            Directory.Delete(staging.Root, recursive: true);
        }
    }
}
