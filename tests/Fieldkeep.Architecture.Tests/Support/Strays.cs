using Xunit;

namespace Fieldkeep.Architecture.Tests.Support;

/// <summary>Fails with every stray on a line of its own: the list is what one needs to mend it.</summary>
internal static class Strays
{
    public static void AssertNone<T>(IEnumerable<T> found)
    {
        var strays = found.Select(stray => $"{stray}").Distinct(StringComparer.Ordinal).ToList();
        Assert.True(strays.Count == 0, $"{strays.Count} strays:\n{string.Join('\n', strays)}");
    }
}
