using System.Globalization;

namespace Fieldkeep.Backup.Wal;

/// <summary>Names a segment of the write-ahead log, as a file of PostgreSQL's <c>pg_wal</c> is named.</summary>
/// <param name="Timeline">The branch of the cluster's history it belongs to.</param>
/// <param name="Number">Its number: the place of its first byte divided by its size.</param>
internal readonly record struct WalSegment(uint Timeline, ulong Number)
{
    /// <summary>Size of a segment: what <c>initdb</c> makes unless told otherwise, and we never tell.</summary>
    public const int Bytes = 16 << 20;

    private const ulong PerHigh = 0x1_0000_0000UL / Bytes;
    private const int Digits = 24;

    /// <summary>Where it begins.</summary>
    public Lsn Start => new(Number * Bytes);

    /// <summary>Where the next begins.</summary>
    public Lsn End => new((Number + 1) * Bytes);

    /// <summary>Reads a name of 24 hexadecimal digits; null for anything else, segments beyond 2⁶² bytes among it.</summary>
    public static WalSegment? TryParse(ReadOnlySpan<char> name) =>
        name.Length == Digits
        && uint.TryParse(name[..8], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var timeline)
        && uint.TryParse(name[8..16], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var high)
        && uint.TryParse(name[16..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var low)
        && low < PerHigh && high < 1U << 30 && timeline > 0
            ? new WalSegment(timeline, (high * PerHigh) + low)
            : null;

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Timeline:X8}{Number / PerHigh:X8}{Number % PerHigh:X8}");
}
