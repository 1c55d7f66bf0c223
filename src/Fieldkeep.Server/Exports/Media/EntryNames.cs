namespace Fieldkeep.Server.Exports.Media;

/// <summary>Makes names that can be unpacked anywhere, wherever they came from.</summary>
internal static class EntryNames
{
    private const string Refused = "/\\?%*:|\"<>";

    /// <summary>Gives one name without folders, controls or what Windows refuses.</summary>
    public static string Safe(string name)
    {
        var safe = string.Concat(name.Select(letter => char.IsControl(letter) || Refused.Contains(letter) ? '_' : letter))
            .Trim().TrimEnd('.');
        return safe.Trim('.').Length == 0 ? "_" : safe;
    }
}
