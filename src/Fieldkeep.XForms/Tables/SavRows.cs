using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Fieldkeep.XForms.Confidentiality;

namespace Fieldkeep.XForms.Tables;

/// <summary>
/// Writes submissions for <see cref="SavFile"/>: the cells of each table as text with their lengths, while it looks how wide
/// they are. A last output takes texts longer than SPSS can hold, as lines of CSV.
/// </summary>
public sealed class SavRows(SavTables tables) : IRowWriter
{
    /// <summary>Most bytes of a text; SPSS 13 and later.</summary>
    public const int MostBytes = 32_767;

    private readonly SavMeasure?[] _seen = [.. tables.Flat.Select(table => table is null ? null : new SavMeasure(table))];
    private readonly long[] _rows = new long[tables.Flat.Count];

    /// <inheritdoc/>
    public int Outputs => tables.Flat.Count + 1;

    /// <inheritdoc/>
    public void Begin() => Array.Clear(_rows);

    /// <inheritdoc/>
    public void Write(InstanceRow row, RowFacts facts, IReadOnlyList<IBufferWriter<byte>> outputs)
    {
        var index = row.Table.Index;
        if (tables.Flat[index] is { } table && _seen[index] is { } seen)
        {
            var cells = new Cells(outputs[index], outputs[^1], seen, table.Columns, facts.InstanceId, row.Key);
            table.Write(ref cells, row, facts);
            _rows[index]++;
        }

        if (index == 0)
        {
            Count();
        }
    }

    /// <inheritdoc/>
    public void WriteDamaged(RowFacts facts, IReadOnlyList<IBufferWriter<byte>> outputs)
    {
        Begin();
        if (tables.Flat[0] is { } table && _seen[0] is { } seen)
        {
            var cells = new Cells(outputs[0], outputs[^1], seen, table.Columns, facts.InstanceId, []);
            table.WriteFacts(ref cells, facts);
            _rows[0]++;
        }

        Count();
    }

    /// <summary>Hands what was seen to the tables.</summary>
    public void Dispose() => tables.Add(_seen);

    // Only now is the submission whole: rows of an unreadable one are taken back and must not count.
    private void Count()
    {
        for (var table = 0; table < _rows.Length; table++)
        {
            if (_seen[table] is { } seen)
            {
                seen.Rows += _rows[table];
            }
        }

        Begin();
    }

    /// <summary>Writes cells as length and text.</summary>
    private ref struct Cells : ICellWriter
    {
        private readonly IBufferWriter<byte> _output;
        private readonly IBufferWriter<byte> _longTexts;
        private readonly SavMeasure _seen;
        private readonly IReadOnlyList<FlatColumn> _columns;
        private readonly ReadOnlySpan<byte> _instanceId;
        private readonly ReadOnlySpan<byte> _key;
        private int _at;

        public Cells(
            IBufferWriter<byte> output,
            IBufferWriter<byte> longTexts,
            SavMeasure seen,
            IReadOnlyList<FlatColumn> columns,
            ReadOnlySpan<byte> instanceId,
            ReadOnlySpan<byte> key)
        {
            _output = output;
            _longTexts = longTexts;
            _seen = seen;
            _columns = columns;
            _instanceId = instanceId;
            _key = key;
        }

        public void Write(ReadOnlySpan<byte> answer, CellKind kind)
        {
            if (answer.Length > MostBytes)
            {
                LongTexts.WriteCsv([.. _instanceId, .. _key], _columns[_at].Heading, answer, _longTexts);
                var mark = Encoding.UTF8.GetBytes(LongTexts.Mark);
                Put((byte[])[.. LongTexts.CutBytes(answer, MostBytes - mark.Length), .. mark]);
                return;
            }

            Put(answer);
        }

        public void Write(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second) => Put((byte[])[.. first, .. second]);

        public void Write(string? text) => Write(Encoding.UTF8.GetBytes(text ?? ""), CellKind.Text);

        public void Write(long number)
        {
            Span<byte> text = stackalloc byte[20];
            Utf8Formatter.TryFormat(number, text, out var length);
            Put(text[..length]);
        }

        public void Write(DateTimeOffset instant)
        {
            Span<byte> text = stackalloc byte[24];
            instant.UtcDateTime.TryFormat(text, out var length, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
            Put(text[..length]);
        }

        public void WriteConfidential() => Put(ConfidentialMarks.Text);

        public void Skip(int cells)
        {
            for (var cell = 0; cell < cells; cell++)
            {
                Put([]);
            }
        }

        public readonly void EndRow()
        {
            // The number of columns says where a row ends.
        }

        private void Put(scoped ReadOnlySpan<byte> text)
        {
            _seen.Add(_at++, text);
            var length = _output.GetSpan(2);
            length[0] = (byte)(text.Length & 0xFF);
            length[1] = (byte)(text.Length >> 8);
            _output.Advance(2);
            _output.Write(text);
        }
    }
}
