namespace Fieldkeep.Backup;

/// <summary>Tells how rehearsals of a restore stand.</summary>
/// <param name="Every">How often a restore is tried out; null for never by itself.</param>
/// <param name="BegunAt">Since when one runs, UTC; null while none does.</param>
/// <param name="OldestBaseAt">When the oldest base backup that is kept was taken, UTC: so long something could have been tried out. Null when there is none.</param>
/// <param name="Recent">The last ones, newest first, those by hand as well.</param>
public sealed record RehearsalState(TimeSpan? Every, DateTimeOffset? BegunAt, DateTimeOffset? OldestBaseAt, IReadOnlyList<RehearsalReport> Recent)
{
    /// <summary>The last one; null when there was none.</summary>
    public RehearsalReport? Last => Recent is [var last, ..] ? last : null;

    /// <summary>The last one that says something of the backup, well or not; null when there was none. Those that were cut off say nothing.</summary>
    public RehearsalReport? Judged => Recent.FirstOrDefault(one => one.IsJudged) ?? JudgedBefore;

    /// <summary>The last of before the recent ones that says something of the backup.</summary>
    internal RehearsalReport? JudgedBefore { get; init; }
}

/// <summary>Says what becomes of a rehearsal that somebody asks for.</summary>
public enum RehearsalAnswer
{
    /// <summary>It begins at once, or when the base backup that is being taken is complete.</summary>
    Begins,

    /// <summary>One runs already, or was asked for.</summary>
    Runs,

    /// <summary>There is no base backup yet that could be restored, or the backup directory is not there.</summary>
    NothingYet,
}
