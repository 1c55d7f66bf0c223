using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Copies;
using Fieldkeep.Backup.Driven;
using Fieldkeep.Backup.Restoring;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup;

/// <summary>Makes a data directory from a backup that <c>serve</c> can start. docs/operations/restore.md.</summary>
public static class RestoreBackup
{
    /// <summary>The empty file that tells the next <c>serve</c> to end the sessions that came back with the database.</summary>
    public const string Mark = "restored";

    /// <summary>The empty file that tells <c>serve</c> to store what the intake journal has since; nothing else takes it away.</summary>
    public const string JournalMark = "journal.again";

    /// <summary>The folder below the new data directory in which it is prepared.</summary>
    internal const string Staging = ".restoring";

    // Written from the database while that is checked; one of an older release has none.
    private const string Checkpoints = "checkpoints";

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
        if (choice.Manifest.PgBackRest is not null)
        {
            // Before the long work.
            await DrivenFiles.FindProgramAsync(choice.Backup, cancellationToken);
        }

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
        await RemoveStagingAsync(staging);
        try
        {
            var filling = new FillStaging(options, store, shelf, choice, reach, verified, keyring, staging, progress, clock);
            var filled = await filling.RunAsync(root, cancellationToken);
            filled.Missing.ForEach(progress.Report);
            if (root is not null)
            {
                MoveIntoPlace(staging, data);
                var instant = options.To is null ? $"{manifest.TakenAt:u}"
                    : options.To != RestoreOptions.Latest ? $"{options.To.Value.UtcDateTime:yyyy-MM-dd HH:mm:ss.ffffff}Z"
                    : $"the end of its log; the last commit is of {filled.LastCommitAt ?? manifest.TakenAt:yyyy-MM-dd HH:mm:ss.ffffff}Z";
                progress.Report($"{data.Root} is as it was at {instant}; start it with: fieldkeep serve --data {data.Root}");
            }

            return new RestoreReport(name, manifest.TakenAt, filled.BlobCount, filled.TableCount, filled.Past)
            {
                To = options.To == RestoreOptions.Latest ? null : options.To,
                LastCommitAt = options.To is null ? null : filled.LastCommitAt,
                LaterBlobCount = filled.LaterBlobCount,
                Missing = filled.Missing,
            };
        }
        finally
        {
            await RemoveStagingAsync(staging);
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

    /// <summary>Removes what a restore that was killed left below a data directory, and ends the PostgreSQL that may still replay in it.</summary>
    /// <exception cref="IOException">It cannot be removed now.</exception>
    internal static Task RemoveRemainsAsync(ClusterFolders data) => RemoveStagingAsync(new ClusterFolders(Path.Combine(data.Root, Staging)));

    /// <summary>Ends the PostgreSQL that replays in what a restore prepares.</summary>
    /// <exception cref="IOException">Whether there is one cannot be found out now.</exception>
    internal static Task EndReplayAsync(ClusterFolders data) => Postmaster.EndAllAsync(new ClusterFolders(Path.Combine(data.Root, Staging)).Cluster);

    private static async Task RemoveStagingAsync(ClusterFolders staging)
    {
        if (Directory.Exists(staging.Root))
        {
            await Postmaster.EndAllAsync(staging.Cluster);
            await DrivenFolder.EndLeftAsync(DrivenFolder.In(staging.Root), CancellationToken.None);
            Directory.Delete(staging.Root, recursive: true);
        }
    }
}
