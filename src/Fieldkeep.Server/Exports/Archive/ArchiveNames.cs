using Fieldkeep.Server.Exports.Media;

namespace Fieldkeep.Server.Exports.Archive;

/// <summary>
/// Gives what lies in one folder of an archive names that differ wherever it is unpacked: names come from people and phones, and none may take the
/// place of another.
/// </summary>
internal sealed class ArchiveNames
{
    private const int MostCharacters = 120;

    // Windows opens a device by these, whatever the extension.
    private static readonly HashSet<string> Devices = new(
        ["CON", "PRN", "AUX", "NUL", .. Enumerable.Range(0, 10).SelectMany(at => new[] { $"COM{at}", $"LPT{at}" })], StringComparer.OrdinalIgnoreCase);

    private readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Gives a name that no other here has.</summary>
    public string Take(string wanted)
    {
        var safe = EntryNames.Safe(wanted);
        var extension = Path.GetExtension(safe) is { Length: <= 10 } brief ? brief : "";
        var stem = safe[..^extension.Length];
        stem = Devices.Contains(stem.Split('.')[0].Trim()) ? $"_{stem}" : stem;
        stem = stem.Length > MostCharacters ? stem[..(char.IsHighSurrogate(stem[MostCharacters - 1]) ? MostCharacters - 1 : MostCharacters)] : stem;
        var name = stem + extension;
        for (var number = 2; !_taken.Add(name); number++)
        {
            name = $"{stem} ({number}){extension}";
        }

        return name;
    }
}
