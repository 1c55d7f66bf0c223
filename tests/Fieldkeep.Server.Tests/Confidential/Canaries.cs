using System.IO.Compression;
using System.Text;

namespace Fieldkeep.Server.Tests.Confidential;

/// <summary>Looks for texts in bytes: as they are, as UTF-16, in Base64 however they are aligned, in hexadecimal, and inside zips.</summary>
internal static class Canaries
{
    /// <summary>Gives those of the texts that stand in the bytes.</summary>
    public static IReadOnlyList<string> FindIn(byte[] bytes, IReadOnlyList<string> texts)
    {
        var found = texts.Where(text => Forms(text).Any(form => bytes.AsSpan().IndexOf(form) >= 0)).ToHashSet(StringComparer.Ordinal);
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

    private static IEnumerable<byte[]> Forms(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        yield return bytes;
        yield return Encoding.Unicode.GetBytes(text);
        yield return Encoding.UTF8.GetBytes(Convert.ToHexStringLower(bytes));
        for (var shift = 0; shift < 3; shift++)
        {
            // The letters at both ends depend on the neighbours.
            var base64 = Convert.ToBase64String([.. new byte[shift], .. bytes]);
            yield return Encoding.UTF8.GetBytes(base64[4..^4]);
        }
    }
}
