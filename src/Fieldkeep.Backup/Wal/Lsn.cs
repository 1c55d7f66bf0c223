using System.Globalization;

namespace Fieldkeep.Backup.Wal;

/// <summary>A place in PostgreSQL's write-ahead log: the number of bytes before it. Written as PostgreSQL does, like <c>0/3000028</c>.</summary>
public readonly record struct Lsn(ulong Value) : IComparable<Lsn>
{
    /// <summary>The segment that holds the byte at this place.</summary>
    public ulong Segment => Value / WalSegment.Bytes;

    /// <summary>How far into its segment this place is, bytes.</summary>
    public int Offset => (int)(Value % WalSegment.Bytes);

    /// <summary>The first place of its segment.</summary>
    public Lsn SegmentStart => new(Segment * WalSegment.Bytes);

    /// <summary>This place if a segment begins here, else where the next begins.</summary>
    public Lsn SegmentCeiling => Offset == 0 ? this : new((Segment + 1) * WalSegment.Bytes);

    /// <summary>Reads <c>0/3000028</c>; null for anything else, places beyond 2⁶² among it: no log becomes that long.</summary>
    public static Lsn? TryParse(string? text) =>
        text?.Split('/') is [{ Length: <= 8 } high, { Length: <= 8 } low]
        && uint.TryParse(high, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var upper)
        && uint.TryParse(low, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var lower)
        && upper < 1U << 30
            ? new Lsn(((ulong)upper << 32) | lower)
            : null;

    /// <summary>The place that many bytes on.</summary>
    public static Lsn Add(Lsn place, int bytes) => new(place.Value + (ulong)bytes);

    /// <summary>Bytes from one place to another.</summary>
    public static long Subtract(Lsn place, Lsn before) => unchecked((long)(place.Value - before.Value));

    /// <inheritdoc/>
    public int CompareTo(Lsn other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value >> 32:X}/{Value & uint.MaxValue:X}");

    /// <summary>The place that many bytes on.</summary>
    public static Lsn operator +(Lsn place, int bytes) => Add(place, bytes);

    /// <summary>Bytes from one place to another.</summary>
    public static long operator -(Lsn place, Lsn before) => Subtract(place, before);

    /// <summary>Whether one place lies before another.</summary>
    public static bool operator <(Lsn place, Lsn other) => place.Value < other.Value;

    /// <summary>Whether one place lies after another.</summary>
    public static bool operator >(Lsn place, Lsn other) => place.Value > other.Value;

    /// <summary>Whether one place lies before another or is it.</summary>
    public static bool operator <=(Lsn place, Lsn other) => place.Value <= other.Value;

    /// <summary>Whether one place lies after another or is it.</summary>
    public static bool operator >=(Lsn place, Lsn other) => place.Value >= other.Value;
}
