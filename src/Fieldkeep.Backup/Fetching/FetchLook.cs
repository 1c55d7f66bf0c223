namespace Fieldkeep.Backup.Fetching;

/// <summary>Gathers what one look at a source brings, and lets one file that cannot be taken hold up no other.</summary>
internal sealed class FetchLook(FetchNotes notes, TimeProvider clock, IProgress<string> progress)
{
    private const int MostTroubles = 100;
    private const int MostLetters = 500;
    private const int MostRaised = 100_000;

    private readonly List<string> _troubles = [];
    private int _more;

    /// <summary>What is remembered.</summary>
    public FetchNotes Notes => notes;

    /// <summary>Base backups that came.</summary>
    public List<string> Backups { get; } = [];

    /// <summary>Base backups that were removed.</summary>
    public List<string> Removed { get; } = [];

    /// <summary>Files of the log that came or grew.</summary>
    public int Files { get; set; }

    /// <summary>Blobs that came.</summary>
    public int Blobs { get; set; }

    /// <summary>Bytes that came.</summary>
    public long Bytes { get; set; }

    /// <summary>What could not be taken now: a hundred of them, and how many more.</summary>
    public IReadOnlyList<string> Troubles => _more == 0 ? _troubles : [.. _troubles, $"and {_more} more"];

    /// <summary>What somebody has to look at, whether it is new or was raised and accepted before.</summary>
    public HashSet<(FetchAlarmKind Kind, string Path, string Words)> Raised { get; } = [];

    /// <summary>How often something could not be taken.</summary>
    public int TroubleCount => _troubles.Count + _more;

    /// <summary>What was refused, accepted or not, in sentences: a hundred of them.</summary>
    public IReadOnlyList<string> Refused =>
    [
        .. Raised.Where(alarm => alarm.Kind == FetchAlarmKind.Refused).Select(alarm => $"{alarm.Path}: {alarm.Words}")
            .Order(StringComparer.Ordinal).Take(MostTroubles),
    ];

    /// <summary>
    /// Whether all came that there is. What was refused did not, accepted or not; but all of the log before something else did, and a power cut at the server leaves
    /// such an end for weeks: once somebody accepted that, it is no reason.
    /// </summary>
    public bool IsWhole => TroubleCount == 0 && !Raised.Any(alarm => alarm.Path == FetchKeys.KeyringPath
        || (alarm.Kind == FetchAlarmKind.Refused && !(WholeFrames.IsSaying(alarm.Words) && IsAccepted(alarm))));

    /// <summary>Looks, and writes down in the notes of the directory what came of it, also when the look was not ended.</summary>
    public async Task<FetchReport> RunAsync(string directory, Func<Task> look)
    {
        try
        {
            await look();
        }
        catch (Exception failed) when (failed is not OperationCanceledException)
        {
            Tell($"the look was not ended: {failed.Message}");
            throw;
        }
        finally
        {
            notes.Troubles = Troubles;
            notes.Refused = Refused;
            notes.Write(directory);
        }

        return Report();
    }

    /// <summary>Takes one thing; what fails is told, however often: whoever has the source must not be able to end a look by bad files.</summary>
    public async Task TryAsync(string path, Func<Task> take)
    {
        try
        {
            await take();
        }
#pragma warning disable CA1031 // Whatever a source makes go wrong with one file is told, and the others are fetched.
        catch (Exception failed) when (failed is not OperationCanceledException)
#pragma warning restore CA1031
        {
            if (failed is BackupException { Reason: BackupTrouble.Damaged })
            {
                Alarm(FetchAlarmKind.Refused, path, failed.Message);
            }
            else
            {
                Tell($"{path} is not fetched: {failed.Message}");
            }
        }
    }

    /// <summary>Notes what could not be done.</summary>
    public void Tell(string words)
    {
        words = Short(words);
        if (_troubles.Count >= MostTroubles)
        {
            _more++;
            return;
        }

        _troubles.Add(words);
        if (!notes.Troubles.Contains(words, StringComparer.Ordinal))
        {
            progress.Report(words);
        }
    }

    /// <summary>Notes what somebody has to look at.</summary>
    public void Alarm(FetchAlarmKind kind, string path, string words)
    {
        words = Short(words);
        if (Raised.Count < MostRaised)
        {
            Raised.Add((kind, path, words));
        }

        if (notes.Raise(new FetchAlarm(clock.GetUtcNow(), kind, path, words)))
        {
            progress.Report($"ALARM: {path}: {words}");
        }
    }

    private FetchReport Report() => new(
        clock.GetUtcNow(), Backups, Files, Blobs, Bytes, Troubles, [.. notes.Alarms.Where(alarm => !alarm.IsAccepted)], Removed)
    {
        MoreAlarms = notes.MoreAlarms,
    };

    private bool IsAccepted((FetchAlarmKind Kind, string Path, string Words) alarm) =>
        notes.Alarms.Any(known => known.IsAccepted && known.Kind == alarm.Kind && known.Path == alarm.Path && known.Words == alarm.Words);

    // They may quote what lies at the source.
    private static string Short(string words) => words.Length <= MostLetters ? words : words[..MostLetters] + "…";
}
