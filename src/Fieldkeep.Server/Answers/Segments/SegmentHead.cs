using System.Buffers.Binary;

namespace Fieldkeep.Server.Answers.Segments;

/// <summary>What a segment says of itself: its rows, newest first, and every column it knows. docs/formats/segment.md.</summary>
internal sealed class SegmentHead
{
    /// <summary>Bytes of a column's keyed name.</summary>
    public const int NameBytes = 16;

    /// <summary>The most rows of one segment.</summary>
    public const int MostRows = 8_192;

    private const byte Layout = 1;
    private const int HeadBytes = 40;

    /// <summary>The form.</summary>
    public required long Form { get; init; }

    /// <summary>It holds every submission with a higher sequence number than this…</summary>
    public required long After { get; init; }

    /// <summary>…up to this one.</summary>
    public required long Through { get; init; }

    /// <summary>Sequence numbers, falling.</summary>
    public required long[] Sequences { get; init; }

    /// <summary>Positions of rows whose answers are not in the columns: damaged, too large. They are opened one by one.</summary>
    public required IReadOnlyList<int> Opaque { get; init; }

    /// <summary>Whether an instance had nodes that no version of the form knew when the segment was made.</summary>
    public required bool HasStrays { get; init; }

    /// <summary>Every column known when it was made, by keyed name; true when any answer is in it.</summary>
    public required IReadOnlyDictionary<UInt128, bool> Columns { get; init; }

    /// <summary>Gives a column's keyed name as a number.</summary>
    public static UInt128 NameOf(ReadOnlySpan<byte> mac) => BinaryPrimitives.ReadUInt128BigEndian(mac);

    /// <summary>Writes the plaintext.</summary>
    public byte[] Write()
    {
        var plain = new byte[HeadBytes + (4 * Sequences.Length) + (4 * Opaque.Count) + ((NameBytes + 1) * Columns.Count)];
        plain[0] = Layout;
        plain[1] = HasStrays ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32LittleEndian(plain.AsSpan(4), Sequences.Length);
        BinaryPrimitives.WriteInt64LittleEndian(plain.AsSpan(8), Form);
        BinaryPrimitives.WriteInt64LittleEndian(plain.AsSpan(16), After);
        BinaryPrimitives.WriteInt64LittleEndian(plain.AsSpan(24), Through);
        BinaryPrimitives.WriteInt32LittleEndian(plain.AsSpan(32), Columns.Count);
        BinaryPrimitives.WriteInt32LittleEndian(plain.AsSpan(36), Opaque.Count);
        var at = HeadBytes;
        foreach (var sequence in Sequences)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(plain.AsSpan(at), checked((uint)(sequence - After)));
            at += 4;
        }

        foreach (var position in Opaque)
        {
            BinaryPrimitives.WriteInt32LittleEndian(plain.AsSpan(at), position);
            at += 4;
        }

        foreach (var (name, hasAnswers) in Columns.OrderBy(column => column.Key))
        {
            BinaryPrimitives.WriteUInt128BigEndian(plain.AsSpan(at), name);
            plain[at + NameBytes] = hasAnswers ? (byte)1 : (byte)0;
            at += NameBytes + 1;
        }

        return plain;
    }

    /// <summary>Reads a plaintext; everything in it is checked.</summary>
    /// <exception cref="BrokenSegmentException">It is no such plaintext.</exception>
    public static SegmentHead Read(ReadOnlySpan<byte> plain)
    {
        if (plain.Length < HeadBytes || plain[0] != Layout || plain[1] > 1)
        {
            throw new BrokenSegmentException("A segment has no head of a known layout.");
        }

        var rows = BinaryPrimitives.ReadInt32LittleEndian(plain[4..]);
        var columns = BinaryPrimitives.ReadInt32LittleEndian(plain[32..]);
        var opaque = BinaryPrimitives.ReadInt32LittleEndian(plain[36..]);
        if (rows is < 0 or > MostRows || opaque < 0 || opaque > rows || columns < 0
            || plain.Length != HeadBytes + (4L * rows) + (4L * opaque) + ((NameBytes + 1L) * columns))
        {
            throw new BrokenSegmentException("A segment's head is longer or shorter than what it says of itself.");
        }

        var after = BinaryPrimitives.ReadInt64LittleEndian(plain[16..]);
        var through = BinaryPrimitives.ReadInt64LittleEndian(plain[24..]);
        return new SegmentHead
        {
            Form = BinaryPrimitives.ReadInt64LittleEndian(plain[8..]),
            After = after,
            Through = through,
            Sequences = ReadSequences(plain.Slice(HeadBytes, 4 * rows), after, through),
            Opaque = ReadOpaque(plain.Slice(HeadBytes + (4 * rows), 4 * opaque), rows),
            HasStrays = plain[1] == 1,
            Columns = ReadColumns(plain[(HeadBytes + (4 * rows) + (4 * opaque))..], columns),
        };
    }

    private static long[] ReadSequences(ReadOnlySpan<byte> bytes, long after, long through)
    {
        var sequences = new long[bytes.Length / 4];
        if (after < 0 || through <= after)
        {
            throw new BrokenSegmentException("A segment ends before it begins.");
        }

        var before = through + 1;
        for (var at = 0; at < sequences.Length; at++)
        {
            sequences[at] = after + BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 * at)..]);
            if (sequences[at] <= after || sequences[at] >= before)
            {
                throw new BrokenSegmentException("The rows of a segment are out of order.");
            }

            before = sequences[at];
        }

        return sequences;
    }

    private static int[] ReadOpaque(ReadOnlySpan<byte> bytes, int rows)
    {
        var positions = new int[bytes.Length / 4];
        var before = -1;
        for (var at = 0; at < positions.Length; at++)
        {
            positions[at] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * at)..]);
            if (positions[at] <= before || positions[at] >= rows)
            {
                throw new BrokenSegmentException("A segment names rows that it does not have.");
            }

            before = positions[at];
        }

        return positions;
    }

    private static Dictionary<UInt128, bool> ReadColumns(ReadOnlySpan<byte> bytes, int count)
    {
        var columns = new Dictionary<UInt128, bool>(count);
        for (; !bytes.IsEmpty; bytes = bytes[(NameBytes + 1)..])
        {
            if (!columns.TryAdd(NameOf(bytes), bytes[NameBytes] == 1))
            {
                throw new BrokenSegmentException("A segment names a column twice.");
            }
        }

        return columns;
    }
}
