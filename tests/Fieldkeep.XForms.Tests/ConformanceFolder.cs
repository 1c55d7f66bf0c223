using System.Runtime.CompilerServices;
using Xunit;

namespace Fieldkeep.XForms.Tests;

/// <summary>Finds the conformance material, which is not part of the repository.</summary>
internal static class ConformanceFolder
{
    /// <summary>Gives a folder inside it; skips the test, visibly, where it is absent.</summary>
    public static string Require(string relative)
    {
        var root = Environment.GetEnvironmentVariable("FIELDKEEP_CONFORMANCE") is { Length: > 0 } named
            ? named
            : Path.Combine(RepositoryRoot(), "..", "shared", "conformance");
        var folder = Path.Combine(root, relative);
        Assert.SkipUnless(Directory.Exists(folder), $"The conformance folder {relative} is not on this machine.");
        return folder;
    }

    private static string RepositoryRoot([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path) ?? ".", "..", ".."));
}
