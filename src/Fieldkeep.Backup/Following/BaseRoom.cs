using Fieldkeep.Backup.Driven;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup.Following;

/// <summary>Makes room for a base backup, where there is too little, by removing older ones before their time: as many as that takes, or none if all would not do.</summary>
/// <param name="isOnDataDisk">Whether it lies on the disk of the data; null while that is not known.</param>
/// <param name="countFree">Bytes that can still be written there; null if nobody knows.</param>
internal sealed class BaseRoom(
    FollowOptions options, BackupStore store, bool? isOnDataDisk, Func<long?> countFree, Keyring keyring, IProgress<string> progress, TimeProvider clock)
{
    /// <summary>Beside what is kept free in any case, bytes.</summary>
    internal const long SpareBytes = 1L << 30;

    /// <summary>Those of a week stay, also where there is no room for the next.</summary>
    internal static readonly TimeSpan NeverEarly = TimeSpan.FromDays(7);

    private IReadOnlyList<string> _removedEarly = [];

    /// <summary>Names of those that were removed before their time, since the start.</summary>
    public IReadOnlyList<string> RemovedEarly => Volatile.Read(ref _removedEarly);

    /// <summary>Makes it.</summary>
    /// <param name="carried">The base backup that the log which is received carries on; null while there is none.</param>
    /// <param name="isChange">Whether it is to copy only what changed since that one.</param>
    /// <param name="countDatabase">Bytes of the database as it is.</param>
    /// <exception cref="BackupException">WrongFolder: there is too little room, and nothing may go for it; Damaged: what could be restored is not whole, and nothing was removed.</exception>
    public async Task MakeAsync(KeptBackup? carried, bool isChange, Func<CancellationToken, Task<long>> countDatabase, CancellationToken cancellationToken)
    {
        BackupException? damaged = null;
        var standsOn = carried?.Name ?? FindNewest(out damaged);
        var needed = SpareBytes + store.LeastFreeBytes + await ExpectAsync(carried, isChange, standsOn, countDatabase, cancellationToken);
        if (IsThere())
        {
            return;
        }

        // What failed and was killed goes first: it may be as large as the database, and is of no use.
        await new Chains(store, keyring, progress).MakeRoomAsync(cancellationToken);
        if (IsThere() || countFree() is not { } first)
        {
            return;
        }

        if (damaged is not null)
        {
            throw damaged;
        }

        var prune = new PruneBackups(store, keyring, progress, clock);
        if (first + await prune.ReckonAsync(Youngest(), standsOn, needed - first, cancellationToken) < needed)
        {
            throw TooLittle(first, needed, "removing all that may go would not be enough");
        }

        for (var isVerified = false; countFree() is { } free && free < needed; isVerified = true)
        {
            if ((await prune.RemoveOldestAsync(Youngest(), standsOn, isVerified, cancellationToken)).Backups is not [var removed])
            {
                throw TooLittle(free, needed, Youngest() == TimeSpan.Zero ? "the last two are not removed for it" : "those of the last week are not removed for it");
            }

            Volatile.Write(ref _removedEarly, [.. _removedEarly, removed]);
            progress.Report($"{store.Root} has {Disks.Words(free)} left: the base backup {removed} was removed before its time");
        }

        bool IsThere() => countFree() is not { } free || free >= needed;

        // Without a new one nothing that is written now could be restored, and its log would take the room of PostgreSQL for nothing.
        TimeSpan Youngest() =>
            carried is null && isOnDataDisk != false && Disks.HaveOneRoom(options.Backup.DataDirectory, store.Root) ? TimeSpan.Zero : NeverEarly;
    }

    private BackupException TooLittle(long free, long needed, string why) => new(
        BackupTrouble.WrongFolder,
        $"{store.Root} has {Disks.Words(free)} left, and a base backup needs {Disks.Words(needed)}; {why}",
        "make room, or name a backup directory on a larger disk");

    private string? FindNewest(out BackupException? damaged)
    {
        damaged = null;
        try
        {
            return RestoreChoice.FindNewest(store, keyring, progress);
        }
        catch (BackupException unreadable)
        {
            damaged = unreadable;
            return null;
        }
    }

    // Elsewhere than on the disk of the data a first one may try; it is stopped before the disk is full.
    private async Task<long> ExpectAsync(
        KeptBackup? carried, bool isChange, string? standsOn, Func<CancellationToken, Task<long>> countDatabase, CancellationToken cancellationToken)
    {
        if (carried is { } last)
        {
            return Expect(last.Bytes, last.PgBackRest, isChange);
        }

        if (isOnDataDisk == false)
        {
            return 0;
        }

        // The next is as the last, whatever log it belongs to; the database itself is several times what is sealed of it.
        if (standsOn is null)
        {
            return await countDatabase(cancellationToken);
        }

        var newest = VerifyBackup.OpenManifest(store.FolderOf(standsOn), keyring).Manifest;
        return Expect(newest.DatabaseBytes, newest.PgBackRest, isChange: false);
    }

    // Half as much again as the last, which grows.
    private static long Expect(long bytes, DrivenPlace? place, bool isChange) => (place?.ExpectNext(bytes, isChange) ?? bytes) * 3 / 2;
}
