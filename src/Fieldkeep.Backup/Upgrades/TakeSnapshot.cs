using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Store;

namespace Fieldkeep.Backup.Upgrades;

/// <summary>Copies the stopped PostgreSQL of a data directory, so that an upgrade can be gone back on. docs/operations/upgrade.md.</summary>
public static class TakeSnapshot
{
    // So much stays free beside the copy: for PostgreSQL's log while migrations run, and for phones that submit right after.
    private const long LeastFreeBytes = 1L << 30;

    /// <summary>Does it; afterwards it is whole and on the disk.</summary>
    /// <param name="held">The lock on the data directory; its PostgreSQL does not run.</param>
    /// <param name="from">The last migration that the database has.</param>
    /// <param name="to">The last migration it is to have.</param>
    /// <param name="lastEntry">The last entry of the ledger, 0 for none.</param>
    /// <param name="progress">Receives sentences for the operator, without secrets.</param>
    /// <exception cref="BackupException">WrongFolder: there is no room, or part of the database lies elsewhere. Damaged: pages are. ToolFailed.</exception>
    /// <exception cref="ClusterException">DataDirectoryInUse: its PostgreSQL runs.</exception>
    public static async Task<SnapshotNote> RunAsync(
        DataLock held, string from, string to, long lastEntry, IProgress<string> progress, TimeProvider clock, CancellationToken cancellationToken)
    {
        var cluster = held.Folders.Cluster;
        var snapshots = Snapshots.Below(held.Folders.Root);
        RequireStopped(held.Folders);
        RequireOneFolder(cluster);
        snapshots.RemoveUnfinished();
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
            // The earlier version needs the room.
            snapshots.RemoveUnfinished();
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

    /// <summary>Requires that no process of PostgreSQL works in it.</summary>
    /// <exception cref="ClusterException">DataDirectoryInUse: one does.</exception>
    internal static void RequireStopped(ClusterFolders folders)
    {
        if (Postmaster.ProcessesOf(folders.Cluster).Count > 0)
        {
            throw new ClusterException(
                ClusterTrouble.DataDirectoryInUse, $"PostgreSQL still runs on {folders.Cluster}", "stop the server, and try again in a moment");
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

    // A copy of links would be the living log, not a copy of it.
    private static void RequireOneFolder(string cluster)
    {
        var links = new DirectoryInfo(Path.Combine(cluster, "pg_tblspc")).EnumerateFileSystemInfos().Append(new DirectoryInfo(Path.Combine(cluster, "pg_wal")))
            .Where(one => one.LinkTarget is not null).Select(one => one.FullName).ToList();
        if (links is [var first, ..])
        {
            throw new BackupException(
                BackupTrouble.WrongFolder,
                $"no snapshot can be taken before the upgrade: {first} leads out of {cluster}",
                "copy the stopped database yourself, and start once with --no-snapshot");
        }
    }

    private static long SizeOf(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
}
