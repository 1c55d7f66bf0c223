using System.Globalization;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Copies;
using Fieldkeep.Backup.Driven;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Keys;
using Npgsql;

namespace Fieldkeep.Backup.Following;

/// <summary>Keeps room on the disk of the data: PostgreSQL does not survive a full one, and what is kept for the backup must not fill it.</summary>
internal sealed class DataDiskRoom(FollowOptions options, ClusterAddress address, Keyring keyring, IProgress<string> progress, TimeProvider clock)
{
    // What a receiver that keeps up stays below, while the disk of the data has hardly any room.
    private const long FewKeptBytes = 64L << 20;

    // The newest base backup is read whole before any is removed.
    private static readonly TimeSpan AfterFailure = TimeSpan.FromHours(1);

    private readonly string _data = new ClusterFolders(options.Backup.DataDirectory).Root;
    private readonly string _root = new BackupStore(options.Backup.TargetDirectory).Root;
    private long? _failedAt;
    private IReadOnlyList<string> _removedEarly = [];

    /// <summary>Whether the backup directory lies on the disk of the data; null while that is not known, which counts as yes.</summary>
    public bool? IsShared { get; set; }

    /// <summary>Names of base backups that were removed before their time, since the start, because there was too little room to go on.</summary>
    public IReadOnlyList<string> RemovedEarly => Volatile.Read(ref _removedEarly);

    private long LeastBytes => IsShared == false ? options.LeastFreeBytes : options.LeastFreeBytes * FollowOptions.SharedFactor;

    /// <summary>Requires that PostgreSQL has room beside what is kept.</summary>
    /// <exception cref="BackupException">WrongFolder: it has not.</exception>
    public void Require()
    {
        if (FindShortage() is { } free)
        {
            throw new BackupException(
                BackupTrouble.WrongFolder,
                $"nothing is kept in {_root} while the disk of the data has {Disks.Words(free)} left: PostgreSQL needs it",
                "make room, or name a backup directory on another disk");
        }
    }

    /// <summary>
    /// Removes base backups, oldest first and however young, while PostgreSQL has too little room: giving up altogether would keep them, and nothing new, until
    /// PostgreSQL itself stops beside copies that are lost with the same disk anyway. Never the last two, nor the one that leads to what the database is now.
    /// </summary>
    public async Task MakeAsync(BackupStore store, CancellationToken cancellationToken)
    {
        if (FindShortage() is null || (_failedAt is { } failed && clock.GetElapsedTime(failed) < AfterFailure))
        {
            return;
        }

        try
        {
            // What failed and was killed first: it is of no use.
            await new Chains(store, keyring, progress).MakeRoomAsync(cancellationToken);
            if (store.List().Count < 3)
            {
                return;
            }

            var prune = new PruneBackups(store, keyring, progress, clock);
            // After a restore to an instant that may be an old one: it alone leads to what is written since.
            var standsOn = RestoreChoice.FindNewest(store, keyring, progress);

            // What goes on another disk, or on another part of one, gives PostgreSQL no room: there the week stays.
            var youngest = Disks.HaveOneRoom(_data, _root) ? TimeSpan.Zero : BaseRoom.NeverEarly;
            var isEnough = FindShortage() is not { } now || await prune.ReckonAsync(youngest, standsOn, enough: 0, cancellationToken) >= LeastBytes - now;
            for (var isVerified = false; FindShortage() is { } free; isVerified = true)
            {
                // One after the other where that leads to enough; else what frees the room of a database, and not the backups of a chain that stays.
                var removed = (await (isEnough
                    ? prune.RemoveOldestAsync(youngest, standsOn, isVerified, cancellationToken)
                    : prune.RemoveOldestWholeAsync(youngest, standsOn, isVerified, cancellationToken))).Backups;
                if (removed.Count == 0)
                {
                    return;
                }

                Volatile.Write(ref _removedEarly, [.. _removedEarly, .. removed]);
                foreach (var name in removed)
                {
                    progress.Report($"the disk of the data has {Disks.Words(free)} left: the base backup {name} was removed before its time");
                }
            }
        }
        catch (Exception kept) when (BaseBackups.IsAnswerable(kept))
        {
            _failedAt = clock.GetTimestamp();
            progress.Report($"old base backups are not removed to make room: {kept.Message}");
        }
    }

    /// <summary>
    /// Requires room for the blobs that the directory lacks: at first all of them are copied at once; without them neither the log nor a base backup would
    /// be of use, and both would only take room.
    /// </summary>
    /// <exception cref="BackupException">WrongFolder: there is none.</exception>
    public void RequireForBlobs(BackupStore store, CancellationToken cancellationToken)
    {
        if (IsShared == false || Disks.FreeBytes(_root) is not { } free)
        {
            return;
        }

        var missing = BlobCopy.CountMissing(Path.Combine(_data, "blobs"), store, cancellationToken);
        if (missing > free / 2)
        {
            throw new BackupException(
                BackupTrouble.WrongFolder,
                $"nothing is kept in {_root}: it lacks {Disks.Words(missing)} of files, which is more than half of the {Disks.Words(free)} that the disk of the data has left",
                "name a backup directory on another disk");
        }
    }

    /// <summary>
    /// Watches until it is cancelled: a receiver that stays away must not fill PostgreSQL's disk, nor a base backup that hangs: that may keep as much of
    /// the log as is still free there.
    /// </summary>
    public async Task WatchSlotAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var spare = (Disks.FreeBytes(_data) ?? long.MaxValue) - LeastBytes;
                var mostKept = spare < 0 ? Math.Min(FewKeptBytes, options.MaxKeptBytes) : options.MaxKeptBytes;
                if (await WalSlot.GiveUpAsync(address, mostKept, cancellationToken) is { } bytes)
                {
                    progress.Report(string.Create(
                        CultureInfo.InvariantCulture,
                        $"{bytes >> 20} MiB of the log of changes were not received: PostgreSQL no longer keeps them, and a new base backup will be needed"));
                }

                if (await WalSlot.EndBackupsAsync(address, Math.Max(spare, FewKeptBytes), cancellationToken) > 0)
                {
                    progress.Report("a base backup took so long that PostgreSQL kept more of its log for it than its disk has left: it was ended");
                }
            }
            catch (Exception unreachable) when (unreachable is NpgsqlException or TimeoutException or InvalidOperationException or IOException)
            {
                // Then it writes nothing either.
            }

            await Task.Delay(options.WatchEvery, clock, cancellationToken);
        }
    }

    // What is free, where that is too little.
    private long? FindShortage() => IsShared != false && Disks.FreeBytes(_root) is { } free && free < LeastBytes ? free : null;
}
