namespace Fieldkeep.Backup.Objects;

/// <summary>Tells how far an object store has what lies in the backup directory.</summary>
/// <param name="Address">How the store is called, like <c>s3://bucket/prefix</c>.</param>
/// <param name="BegunAt">Since when the server tries, UTC.</param>
public sealed record StoreState(string Address, DateTimeOffset BegunAt)
{
    /// <summary>All of the log that lay in the backup directory then is in the store, UTC; null before.</summary>
    public DateTimeOffset? LogAt { get; init; }

    /// <summary>All blobs, and the lists that name them.</summary>
    public DateTimeOffset? BlobsAt { get; init; }

    /// <summary>The keyring.</summary>
    public DateTimeOffset? KeysAt { get; init; }

    /// <summary>All base backups.</summary>
    public DateTimeOffset? BasesAt { get; init; }

    /// <summary>What keeps it behind, in sentences; empty when all is well.</summary>
    public IReadOnlyList<string> Troubles { get; init; } = [];

    /// <summary>What in the store is not what was put there, in sentences: somebody has to look. A hundred at most.</summary>
    public IReadOnlyList<string> Alarms { get; init; } = [];

    /// <summary>What is not carried, because it is damaged in the backup directory, in sentences. A hundred at most.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];

    /// <summary>All changes that lay in the backup directory then can be restored from the store, but for what was left out, UTC; null while it was never so since the start.</summary>
    public DateTimeOffset? ChangesAt => Earliest(LogAt, BlobsAt, KeysAt);

    /// <summary>All there was then is in the store, base backups too, UTC; null while it was never so since the start.</summary>
    public DateTimeOffset? WholeAt => Earliest(ChangesAt, BasesAt);

    /// <summary>How long it has been without changes: what would be lost of them with the backup directory.</summary>
    public TimeSpan BehindAt(DateTimeOffset now) => now - (ChangesAt ?? BegunAt);

    private static DateTimeOffset? Earliest(params DateTimeOffset?[] all) => all.Any(one => one is null) ? null : all.Min();
}
