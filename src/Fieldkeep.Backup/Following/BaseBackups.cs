using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;
using Npgsql;

namespace Fieldkeep.Backup.Following;

/// <summary>Takes base backups while a server runs: when the log carries on none, or the last is old. Removes what is older than it is to be kept.</summary>
internal sealed class BaseBackups(
    FollowOptions options, BackupStore store, WalReceiver receiver, Keyring keyring, IProgress<string> progress, TimeProvider clock)
{
    private const long LeastFreeBytes = 1L << 30;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    private KeptBase? _last;
    private string? _trouble;

    /// <summary>The newest that the log carries on.</summary>
    public KeptBase? Last => Volatile.Read(ref _last);

    /// <summary>Why the last one failed, or why one is needed; null when all is well.</summary>
    public string? Trouble => Volatile.Read(ref _trouble);

    /// <summary>Takes them until it is cancelled; what fails is tried again.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        for (var pause = LookEvery; ;)
        {
            try
            {
                // Only once the log is received: a base backup's log goes on from there.
                if (receiver.State is { ConnectedSince: not null } log && (await WhyAsync(log, cancellationToken)) is { } why)
                {
                    Tell($"a base backup is taken: {why}");
                    await TakeAsync(log, cancellationToken);
                }

                Volatile.Write(ref _trouble, null);
                pause = LookEvery;
            }
            catch (Exception failed) when (IsAnswerable(failed))
            {
                Tell($"the base backup failed: {failed.Message}");
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }

            await Task.Delay(pause, clock, cancellationToken);
        }
    }

    /// <summary>Whether something is wrong that may be over soon, by itself or through people.</summary>
    public static bool IsAnswerable(Exception failed) => failed
        is BackupException or ClusterException or VaultException or IOException or UnauthorizedAccessException or NpgsqlException or TimeoutException;

    private async Task TakeAsync(WalReceiverState log, CancellationToken cancellationToken)
    {
        await MakeRoomAsync(cancellationToken);
        var taken = await TakeBackup.RunAsync(options.Backup, store, keyring, progress, clock, cancellationToken);
        Volatile.Write(ref _last, taken.Log is { Past: { } past } place && past == log.Past
            ? new KeptBase(taken.Name, place.EndedAt, past) { Bytes = taken.DatabaseBytes, Beginning = log.Beginning }
            : throw new BackupException(
                BackupTrouble.ToolFailed, $"the log that is received does not carry on the backup {taken.Name}", "it is taken again"));
        try
        {
            await new PruneBackups(store, keyring, progress, clock).RunAsync(options.KeepDays, isNewestVerified: true, cancellationToken);
        }
        catch (Exception failed) when (IsAnswerable(failed))
        {
            progress.Report($"old backups are not removed: {failed.Message}");
        }
    }

    // Above all where the data lie on the same disk: PostgreSQL does not survive a full one.
    private async Task MakeRoomAsync(CancellationToken cancellationToken)
    {
        var needed = LeastFreeBytes + ((Last?.Bytes ?? 0) * 3 / 2);
        if (Disks.FreeBytes(store.Root) is not { } free || free >= needed)
        {
            return;
        }

        progress.Report($"{store.Root} has {Disks.Words(free)} left: base backups are removed before their time");
        await new PruneBackups(store, keyring, progress, clock).RunAsync(keepDays: 1, isNewestVerified: false, cancellationToken);
        if (Disks.FreeBytes(store.Root) is { } left && left < needed)
        {
            throw new BackupException(
                BackupTrouble.WrongFolder,
                $"{store.Root} has {Disks.Words(left)} left, and a base backup needs {Disks.Words(needed)}",
                "make room, or name a backup directory on a larger disk");
        }
    }

    // Null when none is needed.
    private async Task<string?> WhyAsync(WalReceiverState log, CancellationToken cancellationToken)
    {
        if (Last?.Beginning != log.Beginning)
        {
            await Task.Yield();
            if (FindLast(log, cancellationToken) is { } broken)
            {
                return broken;
            }
        }

        return Last is not { } last || last.Beginning != log.Beginning ? "the log carries on none yet"
            : clock.GetUtcNow() - last.CompleteAt >= options.BaseEvery ? $"the last was complete at {last.CompleteAt:u}"
            : null;
    }

    // Words if the log after the newest one is broken; what came since would be missing at a restore.
    private string? FindLast(WalReceiverState log, CancellationToken cancellationToken)
    {
        try
        {
            var shelf = new WalShelf(store, keyring.InstallationId, keyring.BackupKey);
            var choice = RestoreChoice.Make(store, shelf, null, RestoreOptions.Latest, keyring, progress);
            if (choice.Past?.Number == log.Past && choice.Timeline == log.Timeline && choice.Manifest.Log is { } place)
            {
                if (new WalReach(shelf, choice).Read(isAll: true, cancellationToken).Break is { } broken)
                {
                    return broken.Words;
                }

                Volatile.Write(ref _last, new KeptBase(choice.Backup, place.EndedAt, log.Past)
                {
                    Bytes = choice.Manifest.File(BackupStore.DatabaseName).Bytes,
                    Beginning = log.Beginning,
                });
            }

            return null;
        }
        catch (BackupException none) when (none.Reason is BackupTrouble.NoBackup or BackupTrouble.Damaged)
        {
            return none.Reason == BackupTrouble.NoBackup ? null : none.Message;
        }
    }

    private void Tell(string words)
    {
        if (Trouble != words)
        {
            progress.Report(words);
        }

        Volatile.Write(ref _trouble, words);
    }
}
