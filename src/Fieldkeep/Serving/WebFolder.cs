namespace Fieldkeep.Serving;

/// <summary>Finds the built web interface: named by <c>FIELDKEEP_WEB</c>, beside the program, or in the source tree.</summary>
internal static class WebFolder
{
    /// <summary>The folder with <c>index.html</c>; null when there is none.</summary>
    public static string? Find()
    {
        if (Environment.GetEnvironmentVariable("FIELDKEEP_WEB") is { Length: > 0 } given)
        {
            return given;
        }

        var beside = Path.Combine(AppContext.BaseDirectory, "web");
        if (IsBuilt(beside))
        {
            return beside;
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var built = Path.Combine(folder.FullName, "web", "dist");
            if (IsBuilt(built))
            {
                return built;
            }
        }

        return null;
    }

    private static bool IsBuilt(string folder) => File.Exists(Path.Combine(folder, "index.html"));
}
