namespace Fieldkeep.XForms.Tests.Conformance;

/// <summary>Reads the index files of the conformance material: tab-separated, first line names the columns.</summary>
internal static class TabbedFile
{
    /// <summary>Gives each line as values by column name.</summary>
    public static IEnumerable<IReadOnlyDictionary<string, string>> Read(string file)
    {
        var lines = File.ReadAllLines(file);
        var names = lines[0].Split('\t');
        return lines.Skip(1).Select(line => names
            .Zip(line.Split('\t'))
            .ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal));
    }
}
