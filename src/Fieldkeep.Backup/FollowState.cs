using Fieldkeep.Backup.Driven;
using Fieldkeep.Backup.Objects;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Wal;

namespace Fieldkeep.Backup;

/// <summary>Says where a server keeps its backups, and for how long.</summary>
/// <param name="Backup">The data directory of this server, and the backup directory.</param>
public sealed record FollowOptions(BackupOptions Backup)
{
    /// <summary>How old a base backup may become: the older, the longer a restore replays.</summary>
    public TimeSpan BaseEvery { get; init; } = TimeSpan.FromDays(1);

    /// <summary>The program that copies the database instead of the server itself; null for the server.</summary>
    public PgBackRest? PgBackRest { get; init; }

    /// <summary>After so many days base backups go, and the log that only they need; two stay in any case.</summary>
    public int KeepDays { get; init; } = 30;

    /// <summary>
    /// Lets commits wait until the backup directory has them, or no longer; used while that lies on another disk than the data. Null to let none wait.
    /// </summary>
    public Func<bool, CancellationToken, Task>? LetCommitsWait { get; init; }

    // What PostgreSQL's own log may take at most (max_wal_size) and as much again must fit beside what is kept on the disk of the data.
    internal const int SharedFactor = 4;

    /// <summary>How often what lies in the backup directory is restored to try it out, beside the data; null for never by itself.</summary>
    public TimeSpan? RehearseEvery { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long after the start the first such rehearsal may begin.</summary>
    public TimeSpan RehearseAfter { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>An object store that all of it is carried to, in the background; null for none.</summary>
    public ObjectStoreOptions? Store { get; init; }

    /// <summary>Looks at what was restored in a rehearsal; null to look at the database only.</summary>
    public CheckRestored? Check { get; init; }

    /// <summary>How far the receiver may stay behind before PostgreSQL no longer keeps its log for it, bytes.</summary>
    internal long MaxKeptBytes { get; init; } = WalSlot.MaxKeptBytes;

    /// <summary>
    /// So much stays free on the disk of the data for PostgreSQL, four times that before base backups and blobs; on another disk that much for the log of changes.
    /// </summary>
    internal long LeastFreeBytes { get; init; } = 512L << 20;

    /// <summary>How often it is looked whether there is room, and how far the receiver is behind.</summary>
    internal TimeSpan WatchEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long commits wait for a backup directory that does not answer.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often it is looked whether a rehearsal is due.</summary>
    internal TimeSpan RehearsalLookEvery { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What to say of the disks instead of asking them.</summary>
    internal bool? IsOnDataDisk { get; init; }
}

/// <summary>Tells how the continuous backup stands.</summary>
/// <param name="Directory">The backup directory, absolute.</param>
/// <param name="IsOnDataDisk">Whether it lies on the same disk as the data: what takes the one takes the other. Null when that is not known.</param>
/// <param name="Log">The log of changes.</param>
/// <param name="Blobs">New blobs.</param>
/// <param name="LastBase">The newest base backup that the log carries on; null before one is known.</param>
/// <param name="BaseTrouble">Why the last base backup failed, or why one is needed; null when all is well.</param>
/// <param name="CommitsWait">Whether commits wait until the backup directory has them.</param>
/// <param name="Trouble">What else keeps it from following; null when all is well.</param>
public sealed record FollowState(
    string Directory,
    bool? IsOnDataDisk,
    WalReceiverState Log,
    BlobFollowerState Blobs,
    KeptBackup? LastBase,
    string? BaseTrouble,
    bool CommitsWait,
    string? Trouble)
{
    /// <summary>When commits stopped waiting because the backup directory did not answer, UTC; null when that never happened since the start.</summary>
    public DateTimeOffset? StoppedWaitingAt { get; init; }

    /// <summary>How rehearsals of a restore stand.</summary>
    public RehearsalState Rehearsals { get; init; } = new(null, null, null, []);

    /// <summary>Why the copy of the keyring is not the newest; null when all is well.</summary>
    public string? KeyTrouble { get; init; }

    /// <summary>Why what is old is not removed; null when all is well.</summary>
    public string? PruneTrouble { get; init; }

    /// <summary>Names of base backups that were removed before their time, since the start, because there was no room for the next.</summary>
    public IReadOnlyList<string> RemovedEarly { get; init; } = [];

    /// <summary>How far an object store has all of it; null when none was named.</summary>
    public StoreState? Store { get; init; }

    /// <summary>All that is wrong, each in a sentence; empty when all is well.</summary>
    public IReadOnlyList<string> Troubles =>
    [
        .. new[] { Trouble, Log.Trouble, KeyTrouble, Blobs.Trouble, BaseTrouble, PruneTrouble, EarlyWords, Rehearsals.Judged?.Problem, Rehearsals.Last?.Problem }
            .Concat(Store is null ? [] : Store.Alarms.Concat(Store.Troubles)).OfType<string>().Distinct(StringComparer.Ordinal),
    ];

    private string? EarlyWords => RemovedEarly.Count == 0 ? null
        : $"there is too little room in {Directory}: {RemovedEarly.Count} base backups were removed before their time, {RemovedEarly[^1]} last";
}

/// <summary>A base backup that the log carries on.</summary>
/// <param name="Name">Its name.</param>
/// <param name="CompleteAt">When its copy of the database was complete, UTC: it can be carried on to any later instant.</param>
/// <param name="Past">The past it belongs to.</param>
public sealed record KeptBackup(string Name, DateTimeOffset CompleteAt, uint Past)
{
    /// <summary>Bytes of its sealed files.</summary>
    public long Bytes { get; init; }

    /// <summary>Where pgBackRest's files lie; null where the server copied the database itself.</summary>
    internal DrivenPlace? PgBackRest { get; init; }

    /// <summary>Which beginning of the log it was seen with; after another it is looked for anew.</summary>
    internal int Beginning { get; init; }
}
