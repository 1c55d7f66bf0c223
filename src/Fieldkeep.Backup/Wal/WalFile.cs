using System.Globalization;

namespace Fieldkeep.Backup.Wal;

/// <summary>A sealed file of the log, as its name tells: believed only after its header says the same.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Segment">The segment it holds bytes of.</param>
/// <param name="Start">The place of its first byte.</param>
/// <param name="Mark">The part of its name that comes of its salt.</param>
internal sealed record WalFile(string Path, WalSegment Segment, Lsn Start, string Mark)
{
    /// <summary>How names end.</summary>
    public const string Extension = ".fkw";

    /// <summary>The name: segment, offset in it, mark.</summary>
    public static string NameOf(WalFileHeader header, ReadOnlySpan<byte> bytes) => string.Create(
        CultureInfo.InvariantCulture,
        $"{new WalSegment(header.Timeline, header.Start.Segment)}.{header.Start.Offset:X8}.{WalFileHeader.Mark(bytes)}{Extension}");

    /// <summary>Reads a path; null if it is not named as such a file.</summary>
    public static WalFile? TryParse(string path) =>
        System.IO.Path.GetFileName(path).Split('.') is [var segmentText, var offsetText, { Length: 8 } mark, "fkw"]
        && WalSegment.TryParse(segmentText) is { } segment
        && int.TryParse(offsetText, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var offset)
        && offset is >= 0 and < WalSegment.Bytes
            ? new WalFile(path, segment, segment.Start + offset, mark)
            : null;

    /// <summary>Reads the part of a name that comes of the file's salt; null if it is not named as such a file.</summary>
    public static string? TryParseMark(string path) =>
        System.IO.Path.GetFileName(path).Split('.') is [_, _, { Length: 8 } mark, "fkw"] ? mark : null;
}
