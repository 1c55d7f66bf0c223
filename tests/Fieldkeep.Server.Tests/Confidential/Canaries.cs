using System.IO.Compression;
using System.Text;

namespace Fieldkeep.Server.Tests.Confidential;

/// <summary>
/// Looks for texts in bytes: as they are, as UTF-16, in Base64 however they are aligned, in hexadecimal, and inside zips. A text of several parts with
/// a bar between them is found where all of them are: both coordinates of a place.
/// </summary>
internal static class Canaries
{
    // Of a shorter one, too few letters are the same however it is aligned.
    private const int FewestForBase64 = 12;

    /// <summary>Gives those of the texts that stand in the bytes.</summary>
    public static IReadOnlyList<string> FindIn(byte[] bytes, IReadOnlyList<string> texts)
    {
        var found = texts.Where(text => PartsOf(text).All(part => Forms(part).Any(form => bytes.AsSpan().IndexOf(form) >= 0))).ToHashSet(StringComparer.Ordinal);
        if (bytes.AsSpan().StartsWith("PK\u0003\u0004"u8))
        {
            using var zip = new ZipArchive(new MemoryStream(bytes));
            foreach (var entry in zip.Entries)
            {
                using var content = entry.Open();
                using var whole = new MemoryStream();
                content.CopyTo(whole);
                found.UnionWith(texts.Where(text => entry.FullName.Contains(text, StringComparison.Ordinal)));
                found.UnionWith(FindIn(whole.ToArray(), texts));
            }
        }

        return [.. found];
    }

    /// <summary>Gives the parts that must all be found.</summary>
    public static string[] PartsOf(string text) => text.Split('|');

    private static IEnumerable<byte[]> Forms(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        yield return bytes;
        yield return Encoding.Unicode.GetBytes(text);
        yield return Encoding.UTF8.GetBytes(Convert.ToHexStringLower(bytes));
        if (text.Length < FewestForBase64)
        {
            yield break;
        }

        for (var shift = 0; shift < 3; shift++)
        {
            // The letters at both ends depend on the neighbours.
            var base64 = Convert.ToBase64String([.. new byte[shift], .. bytes]);
            yield return Encoding.UTF8.GetBytes(base64[4..^4]);
        }
    }
}
