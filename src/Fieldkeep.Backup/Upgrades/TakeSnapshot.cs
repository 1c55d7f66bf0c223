using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Store;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Backup.Upgrades;

/// <summary>Copies the stopped PostgreSQL of a data directory, so that an upgrade can be gone back on. docs/operations/upgrade.md.</summary>
public static class TakeSnapshot
{
    // So much stays free beside the copy: for PostgreSQL's log while migrations run, and for phones that submit right after.
    private const long LeastFreeBytes = 1L << 30;

    private const string Hint = "copy the stopped database yourself, and start once with --no-snapshot";
    private const int Looks = 20;
    private const int LooksAtEnd = 100;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    /// <summary>Does it; afterwards it is whole and on the disk.</summary>
    /// <param name="held">The lock on the data directory; its PostgreSQL does not run.</param>
    /// <param name="from">The last migration that the database has.</param>
    /// <param name="to">The last migration it is to have.</param>
    /// <param name="lastEntry">The last entry of the ledger, 0 for none.</param>
    /// <param name="progress">Receives sentences for the operator, without secrets.</param>
    /// <exception cref="BackupException">
    /// WrongFolder: there is no room, or part of the database or the folder of snapshots lies elsewhere. Damaged: pages are. ToolFailed.
    /// </exception>
    /// <exception cref="ClusterException">DataDirectoryInUse: its PostgreSQL runs.</exception>
    public static async Task<SnapshotNote> RunAsync(
        DataLock held, string from, string to, long lastEntry, IProgress<string> progress, TimeProvider clock, CancellationToken cancellationToken)
    {
        var cluster = held.Folders.Cluster;
        var snapshots = Snapshots.Below(held.Folders.Root);
        await RequireStoppedAsync(held.Folders, cancellationToken);
        RequireOneFolder(cluster);
        snapshots.TryRemoveUnfinished();
        RequireWayBack(held.Folders, snapshots);
        snapshots.RemoveNeedless(from);
        var bytes = SizeOf(cluster);
        if (Disks.FreeBytes(held.Folders.Root) is { } free && free - bytes < LeastFreeBytes)
        {
            throw new BackupException(
                BackupTrouble.WrongFolder,
                $"no room for a snapshot before the upgrade: the disk of {held.Folders.Root} has {Disks.Words(free)} left, the database takes {Disks.Words(bytes)}, and {Disks.Words(LeastFreeBytes)} stay free",
                "make room, or, with a backup that was verified, start once with --no-snapshot; nothing was changed, and the earlier version still starts");
        }

        var now = clock.GetUtcNow();
        var note = new SnapshotNote(Snapshots.NameOf(now), now, from, to, bytes, lastEntry);
        progress.Report($"upgrade: copying the database ({Disks.Words(bytes)}) to {snapshots.PathOf(note)}, so that “fieldkeep rollback” can go back to it");
        try
        {
            var copy = Path.Combine(snapshots.Begin(note.Name), Path.GetFileName(cluster));
            await RunToolAsync(["cp", "--archive", "--reflink=auto", "--no-target-directory", cluster, copy], "the database could not be copied", cancellationToken);
            var binaries = await PostgresBinaries.FindAsync(cluster, cancellationToken);
            await CheckPagesAsync(binaries, copy, "start the earlier version, take a backup and verify it: the disk may be failing", cancellationToken);
            await RunToolAsync(["sync", "-f", copy], "the copy of the database could not be written to its disk", cancellationToken);
            snapshots.End(note);
            return note;
        }
        catch
        {
            // The earlier version needs the room, and knows nothing of this folder. A copy that was ended may write for a moment.
            for (var look = 0; look < Looks && !snapshots.TryRemoveUnfinished(); look++)
            {
                await Task.Delay(Look, TimeProvider.System, CancellationToken.None);
            }

            throw;
        }
    }

    /// <summary>Reads every page of a stopped cluster and checks its sum.</summary>
    /// <exception cref="BackupException">Damaged.</exception>
    internal static async Task CheckPagesAsync(PostgresBinaries binaries, string cluster, string hint, CancellationToken cancellationToken)
    {
        var pages = await ToolProcess.RunAsync([binaries.PathOf("pg_checksums"), "--check", $"--pgdata={cluster}"], cancellationToken);
        if (!pages.Succeeded)
        {
            throw new BackupException(BackupTrouble.Damaged, $"the copy of the database in {cluster} is not whole: {pages.LastLine}", hint);
        }
    }

    /// <summary>Requires that no process of PostgreSQL works in it. One that is said to have stopped may need a moment to be gone, and its collector of logs another.</summary>
    /// <exception cref="ClusterException">DataDirectoryInUse: one still does after ten seconds.</exception>
    internal static async Task RequireStoppedAsync(ClusterFolders folders, CancellationToken cancellationToken)
    {
        for (var look = 0; Postmaster.ProcessesOf(folders.Cluster).Count > 0; look++)
        {
            if (look == LooksAtEnd)
            {
                throw new ClusterException(
                    ClusterTrouble.DataDirectoryInUse, $"PostgreSQL still runs on {folders.Cluster}", "stop the server, and try again in a moment");
            }

            await Task.Delay(Look, TimeProvider.System, cancellationToken);
        }
    }

    private static async Task RunToolAsync(IReadOnlyList<string> command, string failure, CancellationToken cancellationToken)
    {
        var done = await ToolProcess.RunAsync(command, cancellationToken);
        if (!done.Succeeded)
        {
            throw new BackupException(
                BackupTrouble.ToolFailed, $"{failure}: {done.LastLine}", "is the disk full or failing? nothing was changed, and the earlier version still starts");
        }
    }

    // A copy of links would be the living log or the living database, not a copy of it. What is mounted inside would come to lie over what is gone back to.
    private static void RequireOneFolder(string cluster)
    {
        var links = new DirectoryInfo(Path.Combine(cluster, "pg_tblspc")).EnumerateFileSystemInfos()
            .Append(new DirectoryInfo(Path.Combine(cluster, "pg_wal"))).Append(new DirectoryInfo(cluster))
            .Where(one => one.LinkTarget is not null).Select(one => one.FullName);
        if (links.Concat(Disks.MountsIn(cluster)).FirstOrDefault() is { } first)
        {
            throw new BackupException(BackupTrouble.WrongFolder, $"no snapshot can be taken before the upgrade: {first} leads to another disk or folder", Hint);
        }
    }

    // The way back is a rename, which leads from no disk to another: that is found out with an empty folder before anything is copied.
    private static void RequireWayBack(ClusterFolders folders, Snapshots snapshots)
    {
        var (here, there) = (folders.Cluster + ".try", snapshots.PathOfTry);
        try
        {
            DurableFile.CreatePrivateDirectory(snapshots.Root);
            DurableFile.CreatePrivateDirectory(here);
            Directory.Move(here, there);
        }
        catch (Exception apart) when (apart is IOException or UnauthorizedAccessException)
        {
            throw new BackupException(
                BackupTrouble.WrongFolder,
                $"no snapshot can be taken before the upgrade: what lies in {snapshots.Root} could not be put in the place of {folders.Cluster}: {apart.Message}",
                $"{snapshots.Root} must be a folder on the disk of {folders.Root}; or {Hint}");
        }
        finally
        {
            foreach (var left in new[] { here, there }.Where(Directory.Exists))
            {
                Directory.Delete(left);
            }
        }
    }

    private static long SizeOf(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
}
