using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Copies;
using Fieldkeep.Backup.Store;
using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Roots;
using Npgsql;

namespace Fieldkeep.Backup;

/// <summary>Says what to restore and where to.</summary>
/// <param name="From">The backup directory (its newest backup), or one backup in it.</param>
/// <param name="DataDirectory">The new data directory: absent or empty.</param>
/// <param name="RootKeyPath">A root key file; null to look elsewhere.</param>
/// <param name="RecoveryKeyFile">A file with the recovery key's text, tried before all else; null to look elsewhere.</param>
public sealed record RestoreOptions(string From, string DataDirectory, string? RootKeyPath = null, string? RecoveryKeyFile = null)
{
    /// <summary>Looks at the restored database while it runs, before anything is moved into place; null for nothing more.</summary>
    public CheckRestored? Check { get; init; }

    /// <summary>Opens the root key at its provider; null to look for files only.</summary>
    public OpenRoot? OpenRoot { get; init; }

    /// <summary>
    /// Whether this is a rehearsal, beside an installation that lives: what is restored then knows no backup directories, so that nothing that is
    /// tried out in it reaches the keys of the living one there.
    /// </summary>
    public bool IsRehearsal { get; init; }
}

/// <summary>Looks at what was restored. What it finds is told; it is restored in any case, for damaged data are better than none.</summary>
public delegate Task<RestoreVerdict> CheckRestored(RestoredInstallation restored, CancellationToken cancellationToken);

/// <summary>Says where a restored installation runs for a moment.</summary>
/// <param name="ConnectionString">Its database.</param>
/// <param name="DataDirectory">Its files, in a place that it leaves soon.</param>
/// <param name="Keyring">Its keys.</param>
/// <param name="Checkpoint">The ledger's checkpoint that its database must have; null when the backup names none.</param>
public sealed record RestoredInstallation(string ConnectionString, string DataDirectory, Keyring Keyring, string? Checkpoint);

/// <summary>Tells whether the past that was restored holds.</summary>
/// <param name="Holds">Whether all could be verified and all of it holds.</param>
/// <param name="FindingCount">What does not.</param>
/// <param name="Words">The same in a line.</param>
/// <param name="Findings">What does not hold, and what could not be verified.</param>
public sealed record RestoreVerdict(bool Holds, long FindingCount, string Words, IReadOnlyList<string> Findings);

/// <summary>Tells what was restored.</summary>
/// <param name="Backup">The backup's name.</param>
/// <param name="TakenAt">The data is as it was then.</param>
/// <param name="BlobCount">Blobs brought back.</param>
/// <param name="TableCount">Tables the restored database answered with.</param>
/// <param name="Past">Whether the ledger and the submissions hold; null when nobody looked.</param>
public sealed record RestoreReport(string Backup, DateTimeOffset TakenAt, long BlobCount, long TableCount, RestoreVerdict? Past);

/// <summary>Makes a data directory from a backup that <c>serve</c> can start. docs/operations/restore.md.</summary>
public static class RestoreBackup
{
    /// <summary>The empty file that tells the next <c>serve</c> to end the sessions that came back with the database.</summary>
    public const string Mark = "restored";

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
        var name = given ?? VerifyBackup.Newest(store);
        var folder = store.FolderOf(name);
        var data = new ClusterFolders(options.DataDirectory);
        RequireEmpty(data);
        var root = await RootKeySource.FindAsync(
            options.RecoveryKeyFile, options.RootKeyPath, options.OpenRoot, store, VerifyBackup.ReadClearManifest(folder), progress, cancellationToken);
        using var keyring = Keyring.OpenReadOnly(root, store.KeyringPaths, clock);
        foreach (var lagging in Keyring.FindLaggingCopies(store.KeyringPaths))
        {
            progress.Report($"the keyring copy {lagging} is damaged or older; using the other one");
        }

        progress.Report($"verifying every byte of the backup {name}");
        var manifest = await VerifyBackup.VerifyContentAsync(store, folder, keyring, cancellationToken);

        using var held = DataLock.Take(data.Root);
        RequireEmpty(data);
        var staging = new ClusterFolders(Path.Combine(data.Root, Staging));
        RemoveStaging(staging);
        try
        {
            var (tables, past) = await FillAsync(store, folder, keyring, root, staging, options, progress, clock, cancellationToken);
            MoveIntoPlace(staging, data);
            progress.Report($"{data.Root} is as it was at {manifest.TakenAt:u}; start it with: fieldkeep serve --data {data.Root}");
            return new RestoreReport(name, manifest.TakenAt, manifest.BlobCount, tables, past);
        }
        finally
        {
            RemoveStaging(staging);
        }
    }

    private static void RequireEmpty(ClusterFolders data)
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

    private static async Task<(long Tables, RestoreVerdict? Past)> FillAsync(
        BackupStore store,
        string folder,
        Keyring keyring,
        RootKey root,
        ClusterFolders staging,
        RestoreOptions options,
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
                    await BlobCopy.RestoreAsync(store, blob, blobs, cancellationToken);
                }
            },
            cancellationToken);

        await sealedFile.ReadAsync(
            folder, manifest.File(BackupStore.OtherFilesName), OtherFiles.Column,
            stream => OtherFiles.ReadAsync(stream, staging.Root, cancellationToken), cancellationToken);
        progress.Report("restoring the database");
        await sealedFile.ReadAsync(
            folder, manifest.File(BackupStore.DatabaseName), DatabaseCopy.Column,
            stream => DatabaseCopy.ExtractAsync(stream, staging.Cluster, cancellationToken), cancellationToken);
        await ClusterAccount.GiveTreeAsync(staging.Cluster, cancellationToken);
        var (tables, past) = await CheckAsync(
            held,
            staging,
            address => options.Check is null
                ? Task.FromResult<RestoreVerdict?>(null)
                : LookAsync(options.Check, new RestoredInstallation(address, staging.Root, keyring, manifest.Checkpoint), cancellationToken),
            progress,
            clock,
            cancellationToken);
        await File.WriteAllBytesAsync(Path.Combine(staging.Root, Mark), [], cancellationToken);

        var files = KeyringFiles.Below(staging.Root);
        keyring.RestoreTo(files.KeyringPaths);
        RestoreTargets(store, files, options.IsRehearsal);
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

        return (tables, past);
    }

    // The backup brought those that were known when it was taken; one of before they were sealed into backups brought none.
    private static void RestoreTargets(BackupStore store, KeyringFiles files, bool isRehearsal)
    {
        if (isRehearsal)
        {
            File.Delete(Path.Combine(DurableFile.DirectoryOf(files.KeyringPaths[0]), Path.GetFileName(KeyringTargets.RelativePath)));
            return;
        }

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
