namespace Fieldkeep.Backup.Wal;

/// <summary>Tells how the continuous backup stands, for a status page. One consistent moment.</summary>
public sealed record WalReceiverState
{
    /// <summary>Since when it receives, UTC; null while it does not.</summary>
    public DateTimeOffset? ConnectedSince { get; init; }

    /// <summary>Which of the cluster's pasts it receives, from 1; 0 before the first connection.</summary>
    public uint Past { get; init; }

    /// <summary>
    /// Counts how often receiving did not simply go on: for the first time, on another disk or after it was away, in another past. What is known of base
    /// backups is of before.
    /// </summary>
    internal int Beginning { get; init; }

    /// <summary>The timeline it receives; 0 before the first connection.</summary>
    public uint Timeline { get; init; }

    /// <summary>Up to where the log lies on the disk of the backup directory; null before the first connection.</summary>
    public Lsn? Durable { get; init; }

    /// <summary>What was committed until then, PostgreSQL's clock, lies there for certain; null before that is known.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Where PostgreSQL's own end was when it was last heard of.</summary>
    public Lsn? Current { get; init; }

    /// <summary>Bytes that are in PostgreSQL only; null when not known.</summary>
    public long? LagBytes => Durable is { } durable && Current is { } current ? Math.Max(0, current - durable) : null;

    /// <summary>When bytes, or word that there are none, came last, UTC.</summary>
    public DateTimeOffset? LastReceivedAt { get; init; }

    /// <summary>
    /// Where everything that was committed at a moment of this process's clock (<see cref="TimeProvider.GetTimestamp"/>) lies before; null before PostgreSQL was
    /// asked for it.
    /// </summary>
    internal (long At, Lsn End)? Asked { get; init; }

    /// <summary>What is wrong, in a sentence for the operator without secrets; null when all is well.</summary>
    public string? Trouble { get; init; }
}
