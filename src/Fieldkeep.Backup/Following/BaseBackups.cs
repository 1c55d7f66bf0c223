using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Driven;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;
using Npgsql;

namespace Fieldkeep.Backup.Following;

/// <summary>Takes base backups while a server runs: when the log carries on none, or the last is old. Removes what is older than it is to be kept.</summary>
internal sealed class BaseBackups(
    FollowOptions options,
    ClusterAddress address,
    BackupStore store,
    bool? isOnDataDisk,
    WalReceiver receiver,
    DiskTurn turn,
    Keyring keyring,
    IProgress<string> progress,
    TimeProvider clock)
{
    private const string DatabaseBytes = "select sum(pg_catalog.pg_database_size(oid))::bigint from pg_catalog.pg_database where datallowconn";

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);
    private static readonly TimeSpan PruneEvery = TimeSpan.FromDays(1);

    private readonly BaseRoom _room = new(options, store, isOnDataDisk, () => Disks.FreeBytes(store.Root), keyring, progress, clock);
    private KeptBackup? _last;
    private bool _failed;
    private long? _prunedAt;
    private string? _trouble;
    private string? _pruneTrouble;

    /// <summary>The newest that the log carries on.</summary>
    public KeptBackup? Last => Volatile.Read(ref _last);

    /// <summary>Why the last one failed, or why one is needed; null when all is well.</summary>
    public string? Trouble => Volatile.Read(ref _trouble);

    /// <summary>Why what is old is not removed; null when all is well.</summary>
    public string? PruneTrouble => Volatile.Read(ref _pruneTrouble);

    /// <summary>Names of those that were removed before their time, since the start, because there was no room for the next.</summary>
    public IReadOnlyList<string> RemovedEarly => _room.RemovedEarly;

    // Only of what is received now: after a restore to an old instant the one before leads nowhere.
    private KeptBackup? Carried => Last is { } last && last.Beginning == receiver.State.Beginning ? last : null;

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
                    using var mine = await turn.TakeForBaseAsync(() => Carried is null, TellItWaits, cancellationToken);
                    // It may have waited for hours.
                    if (receiver.State.Beginning == log.Beginning)
                    {
                        Tell($"a base backup is taken: {why}");
                        await TakeAsync(log, cancellationToken);
                    }
                }

                Volatile.Write(ref _trouble, null);
                pause = LookEvery;
            }
            catch (Exception failed) when (IsAnswerable(failed))
            {
                Tell($"the base backup failed: {failed.Message}");
                _failed = true;
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                await PruneMeanwhileAsync(cancellationToken);
            }

            await Task.Delay(pause, clock, cancellationToken);
        }
    }

    /// <summary>Whether something is wrong that may be over soon, by itself or through people.</summary>
    public static bool IsAnswerable(Exception failed) => failed
        is BackupException or ClusterException or VaultException or IOException or UnauthorizedAccessException or NpgsqlException or TimeoutException;

    private void TellItWaits() => Tell("a base backup waits until a project that is being recovered is: until then nothing that is written now could be restored");

    private async Task TakeAsync(WalReceiverState log, CancellationToken cancellationToken)
    {
        // Above all where the data lie on the same disk: PostgreSQL does not survive a full one.
        var wish = WishFor(Carried);
        await _room.MakeAsync(Carried, wish?.Prior is not null, CountDatabaseAsync, cancellationToken);
        var taken = await TakeBackup.RunAsync(options.Backup with { Driven = wish }, store, keyring, progress, clock, cancellationToken);
        Volatile.Write(ref _last, taken.Log is { Past: { } past } place && past == log.Past
            ? new KeptBackup(taken.Name, place.EndedAt, past) { Bytes = taken.DatabaseBytes, PgBackRest = taken.PgBackRest, Beginning = log.Beginning }
            : throw new BackupException(
                BackupTrouble.ToolFailed, $"the log that is received does not carry on the backup {taken.Name}", "it is taken again"));
        _failed = false;
        await PruneAsync(isNewestVerified: true, cancellationToken);
    }

    // After one that failed all is copied: what it stood on may be damaged.
    private DrivenWish? WishFor(KeptBackup? carried) =>
        options.PgBackRest is { } program ? new DrivenWish(program, _failed ? null : carried?.Name) : null;

    // Where none is taken for long, for want of room above all, what was erased must not stay in the old ones longer than they are to be kept.
    private async Task PruneMeanwhileAsync(CancellationToken cancellationToken)
    {
        if (_prunedAt is { } pruned && clock.GetElapsedTime(pruned) < PruneEvery)
        {
            return;
        }

        using var mine = await turn.TakeForBaseAsync(() => Carried is null, TellItWaits, cancellationToken);
        await PruneAsync(isNewestVerified: false, cancellationToken);
    }

    private async Task PruneAsync(bool isNewestVerified, CancellationToken cancellationToken)
    {
        _prunedAt = clock.GetTimestamp();
        try
        {
            // After a restore to an old instant it is an old one that leads to what is written since.
            var standsOn = Carried?.Name ?? RestoreChoice.FindNewest(store, keyring, progress);
            await new PruneBackups(store, keyring, progress, clock).RunAsync(options.KeepDays, standsOn, isNewestVerified, cancellationToken);
            Volatile.Write(ref _pruneTrouble, null);
        }
        catch (Exception failed) when (IsAnswerable(failed))
        {
            Volatile.Write(ref _pruneTrouble, $"old backups are not removed: {failed.Message}");
            progress.Report(PruneTrouble ?? "");
        }
    }

    private async Task<long> CountDatabaseAsync(CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(address.ForMaintenance() + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using var count = new NpgsqlCommand(DatabaseBytes, connection);
        return await count.ExecuteScalarAsync(cancellationToken) is long bytes ? bytes : 0;
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

                Volatile.Write(ref _last, new KeptBackup(choice.Backup, place.EndedAt, log.Past)
                {
                    Bytes = choice.Manifest.DatabaseBytes,
                    PgBackRest = choice.Manifest.PgBackRest,
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
