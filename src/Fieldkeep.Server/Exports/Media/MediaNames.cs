namespace Fieldkeep.Server.Exports.Media;

/// <summary>
/// Gives each file of an export a place of its own: <c>media/NAME</c>, and for a further file of that name
/// <c>media/INSTANCE/NAME</c>, which is then listed, so that no picture is taken for another record's. With a
/// <see cref="MediaPattern"/> the name is what the pattern makes of it, and a further file of it ends in <c> (2)</c>.
/// </summary>
internal sealed class MediaNames(string? pattern)
{
    /// <summary>Says which files could not be opened, when there are any.</summary>
    public const string DamagedList = "media/DAMAGED-FILES.txt";

    /// <summary>Says where the files lie whose plain name a newer submission's file has, when there are any.</summary>
    public const string SameNamesList = "media/SAME-NAMES.csv";

    // No phone's file takes the place of our own lists.
    private readonly HashSet<string> _used = new([DamagedList, SameNamesList], StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _moved = [];

    // Where to go on counting: a pattern may name all files of all submissions alike.
    private readonly Dictionary<string, int> _next = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Lines of CSV, the heading first: instance, the name in the table, where the file lies. Empty when every name is unique.</summary>
    public IReadOnlyList<string> Moved => _moved.Count == 0 ? [] : ["instanceID,name,entry", .. _moved];

    /// <summary>Whether names need to know the question a file answers.</summary>
    public bool WantsQuestions => pattern is not null && pattern.Contains("{question}", StringComparison.Ordinal);

    /// <summary>Gives the entry for a file of a submission.</summary>
    public string Take(ExportedFile file) => pattern is null ? Take(file.InstanceId, file.Name) : TakeByPattern(pattern, file);

    private string TakeByPattern(string wanted, ExportedFile file)
    {
        var plain = $"media/{MediaPattern.Of(wanted, file)}";
        var own = plain;
        var dot = plain.LastIndexOf('.') is var at && at > plain.LastIndexOf('/') ? at : plain.Length;
        for (var number = _next.GetValueOrDefault(plain, 2); !_used.Add(own); number++)
        {
            own = $"{plain[..dot]} ({number}){plain[dot..]}";
            _next[plain] = number + 1;
        }

        if (own != plain)
        {
            _moved.Add(string.Join(',', Quoted(file.InstanceId), Quoted(file.Name), Quoted(own)));
        }

        return own;
    }

    private string Take(string instanceId, string name)
    {
        var safe = EntryNames.Safe(name);
        var plain = $"media/{safe}";
        if (_used.Add(plain))
        {
            return plain;
        }

        var folder = $"media/{EntryNames.Safe(instanceId)}";
        var own = $"{folder}/{safe}";
        for (var number = _next.GetValueOrDefault(own, 2); !_used.Add(own); number++)
        {
            own = $"{folder} ({number})/{safe}";
            _next[$"{folder}/{safe}"] = number + 1;
        }

        _moved.Add(string.Join(',', Quoted(instanceId), Quoted(name), Quoted(own)));
        return own;
    }

    // Names come from phones: one that begins like a formula must stay text in a spreadsheet.
    private static string Quoted(string text)
    {
        var safe = text is ['=' or '+' or '-' or '@' or '\t' or '\r', ..] ? "'" + text : text;
        return $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
