using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Backup.Fetching;

/// <summary>Names what a source did that somebody has to look at.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FetchAlarmKind>))]
public enum FetchAlarmKind
{
    /// <summary>It has other bytes under a name that was fetched before. What was fetched stays.</summary>
    Changed,

    /// <summary>A file that was fetched is shorter there. What was fetched stays.</summary>
    Shrunk,

    /// <summary>Something is gone there before a server would remove it. What was fetched stays.</summary>
    Vanished,

    /// <summary>Something new is not what its name says; it was not taken.</summary>
    Refused,
}

/// <summary>Something that a source did; it stays until somebody accepts it, and nothing is removed from the distant copy meanwhile.</summary>
/// <param name="At">When it was seen, by the clock of whoever fetches, UTC.</param>
/// <param name="Kind">What.</param>
/// <param name="Path">Below the source.</param>
/// <param name="Words">A sentence.</param>
public sealed record FetchAlarm(DateTimeOffset At, FetchAlarmKind Kind, string Path, string Words)
{
    /// <summary>Whether somebody has looked at it.</summary>
    public bool IsAccepted { get; init; }
}

/// <summary>
/// What whoever fetches remembers of a distant copy, in <c>fetched/notes.json</c>. Ages are counted in days on which was fetched: a clock that jumps ahead counts
/// one, one that goes back none, and what the source says of time counts nothing.
/// </summary>
public sealed partial record FetchNotes
{
    /// <summary>The folder in the distant copy for what is not part of a backup directory.</summary>
    public const string Folder = "fetched";

    private const string CurrentFormat = "fieldkeep-fetched-1";
    private const int MostAlarms = 1000;
    private const long MostBytes = 256L << 20;

    private static readonly TimeSpan LongestUntilWhole = TimeSpan.FromDays(2);

    // A server makes a base backup each day.
    private static readonly TimeSpan LongestUntilNew = TimeSpan.FromDays(3);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Always the same.</summary>
    public string Format { get; init; } = CurrentFormat;

    /// <summary>Where it was fetched from last.</summary>
    public string Source { get; set; } = "";

    /// <summary>The id of that backup directory: nothing is fetched from another.</summary>
    public string SourceId { get; set; } = "";

    /// <summary>Whose data; null before the first keyring came.</summary>
    public Guid? Installation { get; set; }

    /// <summary>How many days was fetched on, from 1.</summary>
    public int Day { get; set; }

    /// <summary>The date of the last of them, UTC. It does not go back.</summary>
    public DateOnly Date { get; set; }

    /// <summary>When the source was looked at last, UTC; null before.</summary>
    public DateTimeOffset? LookedAt { get; set; }

    /// <summary>When all there was had been fetched last, UTC; null before.</summary>
    public DateTimeOffset? WholeAt { get; set; }

    /// <summary>When something new came last, UTC; null before.</summary>
    public DateTimeOffset? NewAt { get; set; }

    /// <summary>What could not be fetched at the last look, in sentences.</summary>
    public IReadOnlyList<string> Troubles { get; set; } = [];

    /// <summary>What the source has and was refused at the last look, accepted or not, in sentences; a hundred of them.</summary>
    public IReadOnlyList<string> Refused { get; set; } = [];

    /// <summary>What the source did that somebody has to look at, and what somebody looked at.</summary>
    public IReadOnlyList<FetchAlarm> Alarms { get; set; } = [];

    /// <summary>Alarms that are not listed: they were too many.</summary>
    public long MoreAlarms { get; set; }

    /// <summary>On which day each base backup came.</summary>
    public IDictionary<string, int> Arrived { get; init; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>The how-manieth base backup that came each is: of one day, the order counts.</summary>
    public IDictionary<string, long> Order { get; init; } = new Dictionary<string, long>(StringComparer.Ordinal);

    /// <summary>How many base backups came.</summary>
    public long Arrivals { get; set; }

    /// <summary>On which day base backups were removed that the source still has: they are not fetched again.</summary>
    public IDictionary<string, int> Removed { get; init; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>From which place on the log of each past is kept, by its folder below <c>wal</c>: what lies before is not fetched again.</summary>
    public IDictionary<string, ulong> LogFrom { get; init; } = new Dictionary<string, ulong>(StringComparer.Ordinal);

    /// <summary>The keyring of the source that was refused because it is older than the one here, by its name; null if none was.</summary>
    public string? RefusedKeyring { get; set; }

    /// <summary>The one that somebody accepted nevertheless: a server that was set back. Null if none was.</summary>
    public string? AcceptedKeyring { get; set; }

    /// <summary>The last day on which keys of projects went, and of which projects.</summary>
    public int KeysWentOn { get; set; }

    /// <summary>Those projects.</summary>
    public IReadOnlyList<Guid> KeysWentOf { get; set; } = [];

    /// <summary>Since which day a blob is gone at the source.</summary>
    public IDictionary<string, int> Gone { get; init; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>On which day each keyring of before was set aside.</summary>
    public IDictionary<string, int> HeldKeyrings { get; init; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>The day on which something was removed last; 0 for never.</summary>
    public int PrunedOn { get; set; }

    /// <summary>Whether something waits for somebody to look at it.</summary>
    [JsonIgnore]
    public bool HasAlarm => MoreAlarms > 0 || Alarms.Any(alarm => !alarm.IsAccepted);

    /// <summary>Reads them; null when there are none, as where the disk is not mounted.</summary>
    /// <exception cref="BackupException">Damaged.</exception>
    /// <exception cref="IOException">The disk fails.</exception>
    public static FetchNotes? Find(string directory)
    {
        var path = PathIn(directory);
        if (!Path.Exists(path))
        {
            return null;
        }

        using var file = PlainFile.OpenRead(path, 64 * 1024);
        try
        {
            return file.Length <= MostBytes && JsonSerializer.Deserialize<FetchNotes>(file, Json) is { Format: CurrentFormat } notes
                ? notes
                : throw BackupException.Damaged($"{path} has another format than {CurrentFormat}");
        }
        catch (JsonException damaged)
        {
            throw BackupException.Damaged($"{path} is not readable", damaged);
        }
    }

    /// <summary>Writes them, durably.</summary>
    internal void Write(string directory) =>
        DurableFile.Replace(PathIn(directory), JsonSerializer.SerializeToUtf8Bytes(this, Json), UnixFileMode.UserRead | UnixFileMode.UserWrite);

    /// <summary>Tells what a look at the notes alone cannot: that nobody fetched, or nothing whole, or nothing new, for longer than is usual. Sentences.</summary>
    /// <param name="now">By the clock of whoever fetches.</param>
    public IReadOnlyList<string> FindStale(DateTimeOffset now)
    {
        // A time to come, of a clock that was ahead, tells nothing either.
        bool IsOld(DateTimeOffset? at, TimeSpan longest) => at is not { } instant || (now - instant).Duration() > longest;
        var stale = new List<string>();
        if (IsOld(WholeAt, LongestUntilWhole))
        {
            stale.Add(WholeAt is null
                ? "not all that the source has was fetched yet"
                : $"not all that the source has was fetched for {LongestUntilWhole.TotalDays:0} days");
        }

        if (IsOld(NewAt, LongestUntilNew))
        {
            stale.Add($"nothing new came for {LongestUntilNew.TotalDays:0} days: a server makes a base backup each day");
        }

        return stale;
    }

    /// <summary>Counts a day if the clock shows a later date than ever before: one that goes back and forth counts none. Returns what is wrong with it, or null.</summary>
    internal string? CountDay(DateTimeOffset now)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        if (today > Date)
        {
            Day++;
            Date = today;
        }

        return today < Date.AddDays(-1)
            ? string.Create(CultureInfo.InvariantCulture, $"the clock of this machine shows {today:yyyy-MM-dd}, and was at {Date:yyyy-MM-dd}: until then no day is counted and nothing old is removed; set it right, then accept")
            : null;
    }

    /// <summary>Notes that a base backup came today, unless it was noted before.</summary>
    internal void NoteArrival(string name)
    {
        if (Arrived.TryAdd(name, Day))
        {
            Order[name] = ++Arrivals;
        }
    }

    /// <summary>Notes that one was removed.</summary>
    internal void NoteRemoval(string name)
    {
        Arrived.Remove(name);
        Order.Remove(name);
        Removed[name] = Day;
    }

    /// <summary>
    /// Forgets accepted alarms about what was gone and is there again, and about a keyring that is no more: such words may be the same the next time, and that must be
    /// told. For a look that found no trouble, for it raises all anew that last.
    /// </summary>
    internal void ForgetOver(IReadOnlySet<(FetchAlarmKind Kind, string Path, string Words)> raised) => Alarms =
    [
        .. Alarms.Where(alarm => !alarm.IsAccepted || (alarm.Kind != FetchAlarmKind.Vanished && alarm.Path != FetchKeys.KeyringPath)
            || raised.Contains((alarm.Kind, alarm.Path, alarm.Words))),
    ];

    /// <summary>Notes that a keyring is refused. Another than at the last look is told, even if that very one was accepted before among several.</summary>
    internal void RefuseKeyring(string name)
    {
        if (RefusedKeyring != name)
        {
            Alarms = [.. Alarms.Where(alarm => !alarm.IsAccepted || alarm.Path != FetchKeys.KeyringPath)];
        }

        RefusedKeyring = name;
    }

    /// <summary>Notes an alarm unless the same was noted before. True if it is new.</summary>
    internal bool Raise(FetchAlarm alarm)
    {
        if (Alarms.Any(known => known.Kind == alarm.Kind && known.Path == alarm.Path && known.Words == alarm.Words))
        {
            return false;
        }

        if (Alarms.Count >= MostAlarms)
        {
            MoreAlarms++;
            return false;
        }

        Alarms = [.. Alarms, alarm];
        return true;
    }

    /// <summary>Notes that somebody looked at all of them, that a keyring may be older than before, and that the clock is right. Returns those that waited, and how many more.</summary>
    internal (IReadOnlyList<FetchAlarm> Alarms, long More) Accept(DateTimeOffset now)
    {
        // Only one that is listed now: nobody has seen another.
        AcceptedKeyring = Alarms.Any(alarm => !alarm.IsAccepted && alarm.Path == FetchKeys.KeyringPath) ? RefusedKeyring : AcceptedKeyring;
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        Date = today < Date ? today : Date;
        (IReadOnlyList<FetchAlarm> Alarms, long More) waited = ([.. Alarms.Where(alarm => !alarm.IsAccepted)], MoreAlarms);
        // Accepted ones are remembered so that they are not told anew; of very many none is.
        Alarms = MoreAlarms > 0 ? [] : [.. Alarms.Select(alarm => alarm with { IsAccepted = true })];
        MoreAlarms = 0;
        return waited;
    }

    private static string PathIn(string directory) => Path.Combine(directory, Folder, "notes.json");
}
