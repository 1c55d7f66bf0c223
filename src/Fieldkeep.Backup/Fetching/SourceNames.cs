using System.Text.RegularExpressions;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Backup.Fetching;

/// <summary>Lists what a backup directory that is not trusted has under names that Fieldkeep gives: no links, no other names, a bounded number.</summary>
/// <param name="root">The source.</param>
/// <param name="tell">Receives the path of each folder that has more names than are read.</param>
internal sealed partial class SourceNames(string root, Action<string> tell)
{
    private const int MostNames = 1_000_000;
    private const int MostFolders = 10_000;
    private const int RegexMilliseconds = 1000;

    private static readonly EnumerationOptions Plain = new() { AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false };

    /// <summary>Whether Fieldkeep gives a file of the log, a history or a list of blobs that path.</summary>
    public static bool IsLog(string relative) => relative.Split('/') switch
    {
        ["wal", "blobs", var list] => Log().IsMatch(list),
        ["wal", var system, var past, var history] => Cluster().IsMatch(system) && Number().IsMatch(past) && History().IsMatch(history),
        ["wal", var system, var past, var timeline, var file] =>
            Cluster().IsMatch(system) && Number().IsMatch(past) && Number().IsMatch(timeline) && Log().IsMatch(file),
        _ => false,
    };

    /// <summary>Whether Fieldkeep gives a base backup that name.</summary>
    public static bool IsBackup(string name) => Backup().IsMatch(name);

    /// <summary>Whether it is the SHA-256 of a blob, in hex.</summary>
    public static bool IsBlob(string name) => Blob().IsMatch(name);

    /// <summary>The base backups.</summary>
    public IReadOnlyList<string> Backups() => Folders("backups", Backup());

    /// <summary>The folders of blobs, <c>00</c> to <c>ff</c>.</summary>
    public IReadOnlyList<string> BlobFolders() => Folders("blobs", Pair());

    /// <summary>The blobs in one such folder, by their SHA-256, with their length in bytes.</summary>
    public IReadOnlyDictionary<string, long> Blobs(string pair)
    {
        var found = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var file in Files($"blobs/{pair}", Blob()).Where(file => file.Name.StartsWith(pair, StringComparison.Ordinal)))
        {
            found[file.Name] = file.Length;
        }

        return found;
    }

    /// <summary>The files of the log, the histories and the lists of blobs, by their path below the source, in the order of the log.</summary>
    public IReadOnlyList<string> Logs()
    {
        var (found, folders) = (new List<string>(), 0);
        // Each folder has a bound of its own, and all together too.
        bool IsCrowded() => ++folders > MostFolders || found.Count > MostNames;
        foreach (var system in Folders("wal", Cluster()).Select(name => $"wal/{name}").TakeWhile(_ => !IsCrowded()))
        {
            foreach (var past in Folders(system, Number()).Select(name => $"{system}/{name}").TakeWhile(_ => !IsCrowded()))
            {
                found.AddRange(Files(past, History()).Select(file => $"{past}/{file.Name}").Order(StringComparer.Ordinal));
                foreach (var timeline in Folders(past, Number()).Select(name => $"{past}/{name}").TakeWhile(_ => !IsCrowded()))
                {
                    found.AddRange(Files(timeline, Log()).Select(file => $"{timeline}/{file.Name}").Order(StringComparer.Ordinal));
                }
            }
        }

        if (folders > MostFolders || found.Count > MostNames)
        {
            tell("wal");
        }

        return [.. found, .. Files("wal/blobs", Log()).Select(file => $"wal/blobs/{file.Name}").Order(StringComparer.Ordinal)];
    }

    private IReadOnlyList<string> Folders(string below, Regex name) =>
        [.. Bounded(below, MostFolders, folder => folder.EnumerateDirectories("*", Plain)).Select(one => one.Name).Where(one => name.IsMatch(one)).Order(StringComparer.Ordinal)];

    private IEnumerable<FileInfo> Files(string below, Regex name) =>
        Bounded(below, MostNames, folder => folder.EnumerateFiles("*", Plain)).Where(one => name.IsMatch(one.Name));

    // All names count, those that are passed over as well: a folder may have no end.
    private IEnumerable<T> Bounded<T>(string below, int most, Func<DirectoryInfo, IEnumerable<T>> list)
    {
        var folder = new DirectoryInfo(Path.Combine(root, below));
        if (!PlainFile.IsFolder(folder.FullName))
        {
            yield break;
        }

        var count = 0;
        foreach (var one in list(folder))
        {
            if (++count > most)
            {
                tell(below);
                yield break;
            }

            yield return one;
        }
    }

    [GeneratedRegex(@"^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}\z", RegexOptions.CultureInvariant, RegexMilliseconds)]
    private static partial Regex Backup();

    [GeneratedRegex(@"^[0-9a-f]{2}\z", RegexOptions.CultureInvariant, RegexMilliseconds)]
    private static partial Regex Pair();

    [GeneratedRegex(@"^[0-9a-f]{64}\z", RegexOptions.CultureInvariant, RegexMilliseconds)]
    private static partial Regex Blob();

    [GeneratedRegex(@"^[0-9a-f]{16}\z", RegexOptions.CultureInvariant, RegexMilliseconds)]
    private static partial Regex Cluster();

    [GeneratedRegex(@"^[0-9A-F]{8}\z", RegexOptions.CultureInvariant, RegexMilliseconds)]
    private static partial Regex Number();

    [GeneratedRegex(@"^[0-9A-F]{8}\.history\.fkw\z", RegexOptions.CultureInvariant, RegexMilliseconds)]
    private static partial Regex History();

    [GeneratedRegex(@"^[0-9A-F]{24}\.[0-9A-F]{8}\.[0-9a-f]{8}\.fkw\z", RegexOptions.CultureInvariant, RegexMilliseconds)]
    private static partial Regex Log();
}
