using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Fieldkeep.Server.Answers.Segments;

/// <summary>One answer that is not empty: whose it is, and where its text stands.</summary>
internal readonly record struct AnswerCell(int Position, int Start, int Length);

/// <summary>Writes a column's plaintext, docs/formats/segment.md: plain, or with a dictionary when that is smaller.</summary>
internal static class ColumnLayout
{
    public const byte Version = 1;
    public const int HeadBytes = 16;

    // 16-bit codes; one is the empty answer.
    private const int MostEntries = 65_535;

    /// <summary>How values are kept.</summary>
    public enum Kind : byte
    {
        /// <summary>Each on its own.</summary>
        Plain = 1,

        /// <summary>As 8-bit numbers of dictionary entries.</summary>
        Codes8 = 2,

        /// <summary>As 16-bit numbers of dictionary entries.</summary>
        Codes16 = 3,
    }

    /// <summary>Gives the plaintext of a column of <paramref name="count"/> values.</summary>
    /// <param name="cells">The values that are not empty, by position.</param>
    /// <param name="text">What the cells point into.</param>
    /// <param name="table">Path of the table whose rows are counted; empty for the submissions.</param>
    public static byte[] Write(ReadOnlySpan<AnswerCell> cells, ReadOnlySpan<byte> text, int count, string table)
    {
        var tableBytes = Encoding.UTF8.GetBytes(table);
        long textBytes = 0;
        foreach (var cell in cells)
        {
            textBytes += cell.Length;
        }

        var plainBytes = (4L * count) + textBytes;
        using var dictionary = AnswerDictionary.TryMake(cells, text, Math.Min(MostEntries, cells.Length));
        var codeBytes = dictionary?.Entries.Count < 256 ? 1 : 2;
        if (dictionary is null || (4L * (dictionary.Entries.Count + 1)) + dictionary.TextBytes + (codeBytes * (long)count) >= plainBytes)
        {
            return WritePlain(cells, text, count, checked((int)plainBytes), tableBytes);
        }

        return WriteCodes(cells, dictionary, text, count, codeBytes, tableBytes);
    }

    private static byte[] WritePlain(
        ReadOnlySpan<AnswerCell> cells, ReadOnlySpan<byte> text, int count, int bytes, byte[] table)
    {
        var plain = Begin(Kind.Plain, count, count, bytes, table, out var at);
        var into = at + (4 * count);
        var textStart = into;
        var next = 0;
        for (var position = 0; position < count; position++)
        {
            if (next < cells.Length && cells[next].Position == position)
            {
                var cell = cells[next++];
                text.Slice(cell.Start, cell.Length).CopyTo(plain.AsSpan(into));
                into += cell.Length;
            }

            BinaryPrimitives.WriteInt32LittleEndian(plain.AsSpan(at + (4 * position)), into - textStart);
        }

        return plain;
    }

    private static byte[] WriteCodes(
        ReadOnlySpan<AnswerCell> cells, AnswerDictionary dictionary, ReadOnlySpan<byte> text, int count, int codeBytes, byte[] table)
    {
        var entries = dictionary.Entries;
        var bytes = (4 * (entries.Count + 1)) + (codeBytes * count) + dictionary.TextBytes;
        var plain = Begin(codeBytes == 1 ? Kind.Codes8 : Kind.Codes16, count, entries.Count + 1, bytes, table, out var at);
        var codes = at + (4 * (entries.Count + 1));
        var textStart = codes + (codeBytes * count);
        var into = textStart;

        // Entry 0 is the empty answer, so that codes never written are right already.
        for (var entry = 0; entry < entries.Count; entry++)
        {
            var cell = entries[entry];
            text.Slice(cell.Start, cell.Length).CopyTo(plain.AsSpan(into));
            into += cell.Length;
            BinaryPrimitives.WriteInt32LittleEndian(plain.AsSpan(at + (4 * (entry + 1))), into - textStart);
        }

        for (var index = 0; index < cells.Length; index++)
        {
            var code = dictionary.CodeOf(index) + 1;
            if (codeBytes == 1)
            {
                plain[codes + cells[index].Position] = (byte)code;
            }
            else
            {
                BinaryPrimitives.WriteUInt16LittleEndian(plain.AsSpan(codes + (2 * cells[index].Position)), (ushort)code);
            }
        }

        return plain;
    }

    private static byte[] Begin(Kind kind, int count, int entries, int bytes, byte[] table, out int at)
    {
        var plain = new byte[HeadBytes + table.Length + bytes];
        plain[0] = Version;
        plain[1] = (byte)kind;
        BinaryPrimitives.WriteUInt16LittleEndian(plain.AsSpan(2), checked((ushort)table.Length));
        BinaryPrimitives.WriteInt32LittleEndian(plain.AsSpan(4), count);
        BinaryPrimitives.WriteInt32LittleEndian(plain.AsSpan(8), entries);
        table.CopyTo(plain, HeadBytes);
        at = HeadBytes + table.Length;
        return plain;
    }
}

/// <summary>The different answers of a column, each once, in the order they first came.</summary>
internal sealed class AnswerDictionary : IDisposable
{
    // Before so many, nobody knows whether answers come again.
    private const int FewCells = 2_048;

    private readonly int[] _codes;
    private readonly List<AnswerCell> _entries = [];

    private AnswerDictionary(int cells) => _codes = new int[cells];

    /// <summary>The first cell of each answer.</summary>
    public IReadOnlyList<AnswerCell> Entries => _entries;

    /// <summary>Bytes of all entries together.</summary>
    public int TextBytes { get; private set; }

    /// <summary>Gives the number of the entry that a cell is.</summary>
    public int CodeOf(int cell) => _codes[cell];

    /// <summary>Makes one; null when there are too many different answers for it to pay.</summary>
    public static AnswerDictionary? TryMake(ReadOnlySpan<AnswerCell> cells, ReadOnlySpan<byte> text, int most)
    {
        var made = new AnswerDictionary(cells.Length);
        var slots = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, cells.Length * 2))];
        for (var index = 0; index < cells.Length; index++)
        {
            var value = text.Slice(cells[index].Start, cells[index].Length);
            var slot = HashOf(value) & (slots.Length - 1);
            while (slots[slot] is > 0 and var entry
                && !text.Slice(made._entries[entry - 1].Start, made._entries[entry - 1].Length).SequenceEqual(value))
            {
                slot = (slot + 1) & (slots.Length - 1);
            }

            if (slots[slot] == 0)
            {
                // With more than three different ones of four the codes cost more than they save.
                if (made._entries.Count >= most || (index > FewCells && made._entries.Count > index / 4 * 3))
                {
                    return null;
                }

                made._entries.Add(cells[index]);
                made.TextBytes += cells[index].Length;
                slots[slot] = made._entries.Count;
            }

            made._codes[index] = slots[slot] - 1;
        }

        return made;
    }

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsBytes(_codes.AsSpan()));

    // Seeded anew for each process: nobody can send answers that all fall into one slot.
    private static int HashOf(ReadOnlySpan<byte> value)
    {
        var hash = default(HashCode);
        hash.AddBytes(value);
        return hash.ToHashCode();
    }
}
