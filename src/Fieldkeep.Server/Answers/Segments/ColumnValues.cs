using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Fieldkeep.Server.Answers.Segments;

/// <summary>Asks something of one answer; nothing is the empty span.</summary>
internal delegate bool AnswerTest(ReadOnlySpan<byte> answer);

/// <summary>One column's answers in the clear. Wiped when disposed.</summary>
internal sealed class ColumnValues : IDisposable
{
    private readonly byte[] _plain;
    private readonly ColumnLayout.Kind _kind;
    private readonly int _entries;
    private readonly int _ends;
    private readonly int _codes;
    private readonly int _text;

    private ColumnValues(byte[] plain, ColumnLayout.Kind kind, int count, int entries, int ends)
    {
        _plain = plain;
        _kind = kind;
        Count = count;
        _entries = entries;
        _ends = ends;
        _codes = ends + (4 * entries);
        _text = _codes + (CodeBytes * count);
    }

    /// <summary>Number of values.</summary>
    public int Count { get; }

    private int CodeBytes => _kind switch
    {
        ColumnLayout.Kind.Codes8 => 1,
        ColumnLayout.Kind.Codes16 => 2,
        _ => 0,
    };

    /// <summary>Takes over a plaintext that <see cref="ColumnLayout"/> wrote; every length and code in it is checked.</summary>
    /// <exception cref="BrokenSegmentException">It is not such a plaintext, or not for so many values of this table.</exception>
    public static ColumnValues Read(byte[] plain, int count, string table)
    {
        if (plain.Length < ColumnLayout.HeadBytes || plain[0] != ColumnLayout.Version)
        {
            throw new BrokenSegmentException("A column has no head of a known layout.");
        }

        var kind = (ColumnLayout.Kind)plain[1];
        var tableLength = BinaryPrimitives.ReadUInt16LittleEndian(plain.AsSpan(2));
        var entries = BinaryPrimitives.ReadInt32LittleEndian(plain.AsSpan(8));
        var ends = ColumnLayout.HeadBytes + tableLength;
        if (kind is < ColumnLayout.Kind.Plain or > ColumnLayout.Kind.Codes16
            || BinaryPrimitives.ReadInt32LittleEndian(plain.AsSpan(4)) != count
            || BinaryPrimitives.ReadInt32LittleEndian(plain.AsSpan(12)) != 0
            || entries < 0 || entries > plain.Length / 4 || (kind == ColumnLayout.Kind.Plain && entries != count)
            || ends > plain.Length
            || Encoding.UTF8.GetString(plain, ColumnLayout.HeadBytes, tableLength) != table)
        {
            throw new BrokenSegmentException($"A column is not one of {count} values of its table.");
        }

        var values = new ColumnValues(plain, kind, count, entries, ends);
        values.RequireWhole();
        return values;
    }

    /// <summary>Gives a value.</summary>
    public ReadOnlySpan<byte> this[int position] => EntryAt(_kind == ColumnLayout.Kind.Plain ? position : CodeAt(position));

    /// <summary>Asks every value and writes <paramref name="yes"/> or <paramref name="no"/> for each; each different one is asked once.</summary>
    public void Test(AnswerTest test, Span<byte> results, byte yes, byte no)
    {
        if (_kind == ColumnLayout.Kind.Plain)
        {
            for (var position = 0; position < Count; position++)
            {
                results[position] = test(EntryAt(position)) ? yes : no;
            }

            return;
        }

        var answers = new byte[_entries];
        for (var entry = 0; entry < _entries; entry++)
        {
            answers[entry] = test(EntryAt(entry)) ? yes : no;
        }

        for (var position = 0; position < Count; position++)
        {
            results[position] = answers[CodeAt(position)];
        }
    }

    /// <summary>Reads every value as a whole number; nothing is 0.</summary>
    /// <exception cref="BrokenSegmentException">A value is no number, or all together are more than <paramref name="most"/>.</exception>
    public int[] ReadNumbers(int most)
    {
        var numbers = new int[Count];
        long sum = 0;
        for (var position = 0; position < Count; position++)
        {
            var value = this[position];
            if (!value.IsEmpty && (!int.TryParse(value, out numbers[position]) || numbers[position] < 0))
            {
                throw new BrokenSegmentException("A column of numbers holds something else.");
            }

            sum += numbers[position];
        }

        return sum <= most ? numbers : throw new BrokenSegmentException($"A segment has {sum} rows of a repeat.");
    }

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(_plain);

    private ReadOnlySpan<byte> EntryAt(int entry)
    {
        var start = entry == 0 ? 0 : EndOf(entry - 1);
        return _plain.AsSpan(_text + start, EndOf(entry) - start);
    }

    private int EndOf(int entry) => BinaryPrimitives.ReadInt32LittleEndian(_plain.AsSpan(_ends + (4 * entry)));

    private int CodeAt(int position) => _kind == ColumnLayout.Kind.Codes8
        ? _plain[_codes + position]
        : BinaryPrimitives.ReadUInt16LittleEndian(_plain.AsSpan(_codes + (2 * position)));

    private void RequireWhole()
    {
        if (_ends + (4L * _entries) + (CodeBytes * (long)Count) > _plain.Length)
        {
            throw new BrokenSegmentException("A column ends too early.");
        }

        var before = 0;
        for (var entry = 0; entry < _entries; entry++)
        {
            var end = EndOf(entry);
            if (end < before)
            {
                throw new BrokenSegmentException("The values of a column overlap.");
            }

            before = end;
        }

        if (before != _plain.Length - _text)
        {
            throw new BrokenSegmentException("A column is longer or shorter than its values.");
        }

        for (var position = 0; _kind != ColumnLayout.Kind.Plain && position < Count; position++)
        {
            if (CodeAt(position) >= _entries)
            {
                throw new BrokenSegmentException("A column names an entry that its dictionary does not have.");
            }
        }
    }
}
