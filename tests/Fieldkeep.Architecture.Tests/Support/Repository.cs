namespace Fieldkeep.Architecture.Tests.Support;

/// <summary>Finds the files of this repository from where the tests run.</summary>
internal static class Repository
{
    private static readonly string[] NotOurs = ["bin", "obj", "node_modules", "dist"];

    /// <summary>The folder that holds <c>Fieldkeep.slnx</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The source files below a folder, without what is built or fetched; empty when the folder is absent.</summary>
    /// <param name="folder">Relative to the root, such as <c>web/src</c>.</param>
    /// <param name="extensions">With the dot.</param>
    public static IEnumerable<string> Files(string folder, params string[] extensions)
    {
        var path = Path.Combine(Root, folder);
        return Directory.Exists(path) ? Walk(path).Where(file => extensions.Contains(Path.GetExtension(file), StringComparer.Ordinal)) : [];
    }

    /// <summary>A path as people write it: relative to the root.</summary>
    public static string Short(string path) => Path.GetRelativePath(Root, path);

    private static IEnumerable<string> Walk(string folder) =>
        Directory.EnumerateFiles(folder).Concat(
            Directory.EnumerateDirectories(folder)
                .Where(below => !NotOurs.Contains(Path.GetFileName(below), StringComparer.Ordinal))
                .SelectMany(Walk));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Fieldkeep.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds Fieldkeep.slnx.");
    }
}
