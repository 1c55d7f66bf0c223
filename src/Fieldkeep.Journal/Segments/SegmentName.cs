using System.Globalization;

namespace Fieldkeep.Journal.Segments;

/// <summary>How far a segment is.</summary>
internal enum SegmentStanding
{
    /// <summary>The database may lack some of its records: <c>.fkj</c>.</summary>
    Undrained,

    /// <summary>The database has all of it; kept for a while: <c>.fkd</c>.</summary>
    Drained,

    /// <summary>The database has all that could be read of it, and it is damaged; kept until a person removes it: <c>.fkx</c>.</summary>
    Damaged,
}

/// <summary>The name of a segment's file: <c>0000000001.fkj</c>, <c>0000000001-1795340000.fkd</c> (drained at that second since 1970), <c>….fkx</c>.</summary>
/// <param name="Number">From 1; only grows.</param>
/// <param name="Standing">By the extension.</param>
/// <param name="DrainedAt">When it was marked drained; null while it is not.</param>
internal readonly record struct SegmentName(long Number, SegmentStanding Standing, DateTimeOffset? DrainedAt)
{
    private const string Open = ".fkj";
    private const string Drained = ".fkd";
    private const string Damaged = ".fkx";

    // 9999-12-31, the last instant that a DateTimeOffset holds.
    private const long LastSecond = 253_402_300_799;

    /// <summary>The name of a new segment.</summary>
    public static SegmentName New(long number) => new(number, SegmentStanding.Undrained, null);

    /// <summary>Reads a name; null when it is not a segment's.</summary>
    public static SegmentName? TryParse(string file)
    {
        var stem = Path.GetFileNameWithoutExtension(file).Split('-');
        if (!TryNumber(stem[0], out var number) || number == 0)
        {
            return null;
        }

        var extension = Path.GetExtension(file);
        if (extension == Open)
        {
            return stem.Length == 1 ? New(number) : null;
        }

        return extension is Drained or Damaged && stem.Length == 2 && TryNumber(stem[1], out var second) && second <= LastSecond
            ? new(number, extension == Drained ? SegmentStanding.Drained : SegmentStanding.Damaged, DateTimeOffset.FromUnixTimeSeconds(second))
            : null;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var number = Number.ToString("D10", CultureInfo.InvariantCulture);
        return DrainedAt is { } at ? $"{number}-{at.ToUnixTimeSeconds()}{(Standing == SegmentStanding.Drained ? Drained : Damaged)}" : number + Open;
    }

    private static bool TryNumber(string text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
