using System.IO.Compression;
using System.Text;
using Xunit;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>Reads exports as a person's tools would.</summary>
internal static class Zips
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Gets a zip and gives its entries by name.</summary>
    public static async Task<Dictionary<string, byte[]>> GetZipAsync(this Browser browser, string path)
    {
        using var response = await browser.SendAsync(HttpMethod.Get, path);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {path}");
        return await UnzipAsync(await response.Content.ReadAsByteArrayAsync(Token));
    }

    /// <summary>Unpacks a zip; every entry's checksum is checked while reading.</summary>
    public static async Task<Dictionary<string, byte[]>> UnzipAsync(byte[] bytes)
    {
        var entries = new Dictionary<string, byte[]>();
        using var zip = new ZipArchive(new MemoryStream(bytes));
        foreach (var entry in zip.Entries)
        {
            await using var content = await entry.OpenAsync(Token);
            using var whole = new MemoryStream();
            await content.CopyToAsync(whole, Token);
            entries.Add(entry.FullName, whole.ToArray());
        }

        return entries;
    }

    /// <summary>Gives the rows of a CSV by their headings (RFC 4180).</summary>
    public static List<Dictionary<string, string>> ReadCsv(this byte[] bytes)
    {
        var lines = bytes.ReadCsvLines();
        var headings = lines[0];
        return [.. lines.Skip(1).Select(line => headings.Zip(line).ToDictionary(cell => cell.First, cell => cell.Second))];
    }

    /// <summary>Gives the lines of a CSV, that of the headings first (RFC 4180).</summary>
    public static List<List<string>> ReadCsvLines(this byte[] bytes)
    {
        var lines = Lines(Encoding.UTF8.GetString(bytes));
        Assert.All(lines, line => Assert.Equal(lines[0].Count, line.Count));
        return lines;
    }

    private static List<List<string>> Lines(string text)
    {
        var lines = new List<List<string>>();
        var line = new List<string>();
        var cell = new StringBuilder();
        var isQuoted = false;
        for (var at = 0; at < text.Length; at++)
        {
            var letter = text[at];
            if (isQuoted)
            {
                if (letter == '"' && at + 1 < text.Length && text[at + 1] == '"')
                {
                    cell.Append('"');
                    at++;
                }
                else if (letter == '"')
                {
                    isQuoted = false;
                }
                else
                {
                    cell.Append(letter);
                }

                continue;
            }

            switch (letter)
            {
                case '"':
                    isQuoted = true;
                    break;
                case ',':
                    line.Add(cell.ToString());
                    cell.Clear();
                    break;
                case '\n':
                    line.Add(cell.ToString());
                    cell.Clear();
                    lines.Add(line);
                    line = [];
                    break;
                default:
                    cell.Append(letter);
                    break;
            }
        }

        Assert.False(isQuoted, "A cell is not closed.");
        Assert.Empty(line);
        return lines;
    }
}
