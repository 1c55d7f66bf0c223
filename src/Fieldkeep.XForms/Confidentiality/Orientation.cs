using System.Buffers.Binary;

namespace Fieldkeep.XForms.Confidentiality;

/// <summary>Reads the one thing of EXIF that is kept, how the picture is turned, and writes an EXIF with nothing else.</summary>
internal static class Orientation
{
    private const ushort Tag = 0x0112;

    // More entries than any camera writes; each is looked at once.
    private const int MaxEntries = 1_000;

    /// <summary>Finds the orientation (2 to 8) in a TIFF structure; null when it is upright, absent or cannot be read.</summary>
    public static byte? Find(ReadOnlySpan<byte> tiff)
    {
        var isLittle = tiff.StartsWith("II*\0"u8);
        if (tiff.Length < 14 || (!isLittle && !tiff.StartsWith("MM\0*"u8)))
        {
            return null;
        }

        var start = Long(tiff[4..], isLittle);
        if (start > (uint)tiff.Length - 2)
        {
            return null;
        }

        var entries = tiff[((int)start + 2)..];
        var count = Math.Min(Math.Min(Short(tiff[(int)start..], isLittle), entries.Length / 12), MaxEntries);
        for (var at = 0; at < count; at++)
        {
            var entry = entries.Slice(at * 12, 12);
            if (Short(entry, isLittle) == Tag)
            {
                return Short(entry[8..], isLittle) is >= 2 and <= 8 and var value ? (byte)value : null;
            }
        }

        return null;
    }

    /// <summary>Makes a TIFF structure that says the orientation and nothing more.</summary>
    public static byte[] Write(byte orientation) =>
    [
        (byte)'M', (byte)'M', 0, (byte)'*', 0, 0, 0, 8,
        0, 1,
        0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0,
        0, 0, 0, 0,
    ];

    /// <summary>Says whether a TIFF structure is one that <see cref="Write"/> makes.</summary>
    public static bool IsBare(ReadOnlySpan<byte> tiff) => Find(tiff) is { } orientation && tiff.SequenceEqual(Write(orientation));

    private static ushort Short(ReadOnlySpan<byte> bytes, bool isLittle) =>
        isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint Long(ReadOnlySpan<byte> bytes, bool isLittle) =>
        isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
