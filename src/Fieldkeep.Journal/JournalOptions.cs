namespace Fieldkeep.Journal;

/// <summary>Where the journal lies and how large it may become.</summary>
/// <param name="Directory">A folder of its own, best on another filesystem than the database; created when absent.</param>
public sealed record JournalOptions(string Directory)
{
    /// <summary>How long drained segments are kept, unless it is set otherwise.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(7);

    /// <summary>
    /// What segments may take that are not drained, bytes; beyond, records are refused. 1 GiB: a submission takes 4 KiB by itself, less together with others, so that
    /// 200 a second find room for 20 minutes, and 10 a second for seven hours.
    /// </summary>
    public long MaxUndrainedBytes { get; init; } = 1L << 30;

    /// <summary>What must stay free on the disk, bytes; below, records are refused. 64 MiB.</summary>
    public long MinFreeBytes { get; init; } = 64L << 20;

    /// <summary>Whether what waits will be written once more to the same disk, by the database: as much stays free besides.</summary>
    public bool IsOnDatabaseDisk { get; init; }

    /// <summary>A segment with as much is closed and a new one begun, bytes. 16 MiB.</summary>
    public long SegmentBytes { get; init; } = 16L << 20;

    /// <summary>A segment that is older is closed, so that it can be drained. 10 minutes.</summary>
    public TimeSpan SegmentAge { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a close waits for a disk that hangs; then the folder stays locked until the process ends. 10 seconds.</summary>
    public TimeSpan ClosePatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long drained segments are kept, to be drained again after the database was restored. 7 days.</summary>
    public TimeSpan Keep { get; init; } = KeptFor;
}
