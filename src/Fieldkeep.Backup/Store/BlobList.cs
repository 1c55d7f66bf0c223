using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Fieldkeep.Backup.Store;

/// <summary>One blob of a backup: the SHA-256 (hex) and length of its bytes, and its path below <c>DATA/blobs</c>.</summary>
internal readonly record struct BlobEntry(string Sha256, long Bytes, string Path);

/// <summary>Writes and reads the list of a backup's blobs, a line each. docs/formats/backup.md.</summary>
internal static class BlobList
{
    private const int HashDigits = 64;

    public static async Task WriteAsync(Stream stream, BlobEntry entry, CancellationToken cancellationToken) =>
        await stream.WriteAsync(Line(entry), cancellationToken);

    /// <summary>Reads every line; refuses paths that lead out of the folder.</summary>
    /// <exception cref="BackupException">Damaged.</exception>
    public static async IAsyncEnumerable<BlobEntry> ReadAsync(
        Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8, leaveOpen: true);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            yield return Parse(line);
        }
    }

    /// <summary>Reads one line; refuses paths that lead out of the folder.</summary>
    /// <exception cref="BackupException">Damaged.</exception>
    public static BlobEntry Parse(string line)
    {
        var parts = line.Split(' ', 3);
        return parts.Length == 3
            && parts[0].Length == HashDigits && parts[0].All(char.IsAsciiHexDigitLower)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
            && IsBelow(parts[2])
                ? new BlobEntry(parts[0], bytes, parts[2])
                : throw BackupException.Damaged($"the list of blobs has a line that is none: “{line}”");
    }

    /// <summary>Writes one line, with its line feed.</summary>
    public static byte[] Line(BlobEntry entry) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{entry.Sha256} {entry.Bytes} {entry.Path}\n"));

    /// <summary>True for a relative path that stays below its folder and fits in one line.</summary>
    public static bool IsBelow(string path) =>
        path.Length > 0 && !path.Any(char.IsControl)
        && path.Split('/').All(step => step is not ("" or "." or ".."));
}
