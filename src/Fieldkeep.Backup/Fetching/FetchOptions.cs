namespace Fieldkeep.Backup.Fetching;

/// <summary>Says what is fetched, to where, and for how long it is kept there.</summary>
/// <param name="From">The backup directory that a server writes: a mounted one, or on this machine one of another user.</param>
/// <param name="To">The distant copy, which only this user can write to.</param>
public sealed record FetchOptions(string From, string To)
{
    /// <summary>Fewer days are refused: somebody has to have had time to see what a compromised server sends.</summary>
    public const int FewestKeepDays = 30;

    /// <summary>Keyrings of before stay so many days on which was fetched: what was erased opens with them so long.</summary>
    public const int HeldKeyringDays = 30;

    /// <summary>Begin a distant copy here; without it, one that is not mounted is refused.</summary>
    public bool IsNew { get; init; }

    /// <summary>After so many days on which was fetched, counted from when it came, a base backup goes; 0 to remove nothing, ever.</summary>
    public int KeepDays { get; init; } = 90;

    /// <summary>Pause between looks at the source.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>So many bytes stay free on the disk of the distant copy.</summary>
    public long LeastFreeBytes { get; init; } = 1L << 30;
}

/// <summary>Tells of one look at a source.</summary>
/// <param name="At">When it ended, UTC.</param>
/// <param name="Backups">Base backups that came, by name.</param>
/// <param name="Files">Files of the log that came or grew.</param>
/// <param name="Blobs">Blobs that came.</param>
/// <param name="Bytes">Bytes that came.</param>
/// <param name="Troubles">What could not be fetched now and is tried again, in sentences.</param>
/// <param name="Alarms">What the source did that somebody has to look at, that were not accepted yet.</param>
/// <param name="Removed">Base backups that were removed because they are older than they are to be kept.</param>
public sealed record FetchReport(
    DateTimeOffset At,
    IReadOnlyList<string> Backups,
    int Files,
    int Blobs,
    long Bytes,
    IReadOnlyList<string> Troubles,
    IReadOnlyList<FetchAlarm> Alarms,
    IReadOnlyList<string> Removed)
{
    /// <summary>Alarms that are not listed: they were too many.</summary>
    public long MoreAlarms { get; init; }

    /// <summary>Whether anything came or went.</summary>
    public bool HasNews => Backups.Count + Files + Blobs + Removed.Count > 0;
}
