using Fieldkeep.Backup.Clusters;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Backup.Upgrades;

/// <summary>
/// Goes back to the snapshot of before an upgrade. The database of the new version is kept in its place; keys, files of submissions and the intake journal stay
/// as they are, so that what was erased stays erased and what phones sent since comes back. docs/operations/upgrade.md.
/// </summary>
public static class RollBack
{
    // Made anew from the database, and of one that is given up.
    private static readonly string[] MadeAnew = ["kept", "spool"];

    /// <summary>Does it, or what a killed one left undone.</summary>
    /// <param name="held">The lock on the data directory; its PostgreSQL does not run.</param>
    /// <param name="note">The snapshot.</param>
    /// <param name="progress">Receives sentences for the operator, without secrets.</param>
    /// <returns>The note of what is left in the snapshot's place.</returns>
    /// <exception cref="BackupException">Damaged: the snapshot is; nothing was changed.</exception>
    /// <exception cref="ClusterException">DataDirectoryInUse: its PostgreSQL runs.</exception>
    public static async Task<SnapshotNote> RunAsync(DataLock held, SnapshotNote note, IProgress<string> progress, TimeProvider clock, CancellationToken cancellationToken)
    {
        var folders = held.Folders;
        var snapshots = Snapshots.Below(folders.Root);
        await TakeSnapshot.RequireStoppedAsync(folders, cancellationToken);
        progress.Report($"reading every page of the snapshot {note.Name}");
        var copy = snapshots.ClusterOf(note);
        await TakeSnapshot.CheckPagesAsync(
            await PostgresBinaries.FindAsync(copy, cancellationToken), copy, "nothing was changed; restore a backup of before the upgrade instead", cancellationToken);

        // Before the exchange: a start right after it must find them. A kill right here leaves them to a database that was not exchanged: sessions end, the ledger has
        // a restore on record, and trash and retention wait for a week; nothing is lost by it.
        var marks = new[] { RestoreBackup.Mark, RestoreBackup.JournalMark }.Select(mark => Path.Combine(folders.Root, mark)).Where(mark => !File.Exists(mark)).ToList();
        foreach (var mark in marks)
        {
            await File.WriteAllBytesAsync(mark, [], CancellationToken.None);
        }

        DurableFile.SyncDirectory(folders.Root);
        try
        {
            if (!DurableNames.TryExchange(folders.Cluster, copy))
            {
                ExchangeInSteps(folders.Cluster, copy);
            }
        }
        catch when (Directory.Exists(folders.Cluster) && FindCutOff(held) is null)
        {
            // Nothing was moved.
            marks.ForEach(File.Delete);
            throw;
        }

        return End(held, note, clock);
    }

    /// <summary>The snapshot of a rollback that was begun and cut off; null when there is none.</summary>
    public static SnapshotNote? FindCutOff(DataLock held)
    {
        var snapshots = Snapshots.Below(held.Folders.Root);
        return Directory.Exists(held.Folders.Cluster)
            ? snapshots.FindInPlace()
            : snapshots.List().FirstOrDefault(note => Directory.Exists(AsideOf(snapshots.ClusterOf(note))));
    }

    /// <summary>Ends a rollback that was begun, from wherever it was cut off; gives the note of what is left in the snapshot's place.</summary>
    public static SnapshotNote End(DataLock held, SnapshotNote note, TimeProvider clock)
    {
        var snapshots = Snapshots.Below(held.Folders.Root);
        var copy = snapshots.ClusterOf(note);
        if (Directory.Exists(AsideOf(copy)))
        {
            PutInPlace(held.Folders.Cluster, copy);
        }

        foreach (var folder in MadeAnew.Select(name => Path.Combine(held.Folders.Root, name)).Where(Directory.Exists))
        {
            Directory.Delete(folder, recursive: true);
        }

        return snapshots.EndRollback(note, clock.GetUtcNow());
    }

    /// <summary>
    /// Refuses where a rollback was cut off between its steps, on a file system that exchanges nothing at once: PostgreSQL's folder is not there, and a new one in
    /// its place would be in the way.
    /// </summary>
    /// <exception cref="ClusterException">DoesNotStart.</exception>
    public static void RequireWhole(DataLock held)
    {
        if (!Directory.Exists(held.Folders.Cluster) && FindCutOff(held) is not null)
        {
            throw new ClusterException(
                ClusterTrouble.DoesNotStart,
                $"a rollback was cut off: {held.Folders.Cluster} is not in its place",
                $"say once more: fieldkeep rollback --yes --data {held.Folders.Root}");
        }
    }

    /// <summary>Exchanges both in three steps, where the file system cannot do it in one.</summary>
    internal static void ExchangeInSteps(string cluster, string copy)
    {
        Directory.Move(cluster, AsideOf(copy));
        Sync(cluster, copy);
        PutInPlace(cluster, copy);
    }

    private static void PutInPlace(string cluster, string copy)
    {
        if (!Directory.Exists(cluster))
        {
            Directory.Move(copy, cluster);
            Sync(cluster, copy);
        }

        Directory.Move(AsideOf(copy), copy);
        Sync(cluster, copy);
    }

    private static void Sync(string cluster, string copy)
    {
        DurableFile.SyncDirectory(DurableFile.DirectoryOf(cluster));
        DurableFile.SyncDirectory(DurableFile.DirectoryOf(copy));
    }

    private static string AsideOf(string copy) => copy + ".aside";
}
