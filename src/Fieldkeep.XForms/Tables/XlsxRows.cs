using System.Buffers;

namespace Fieldkeep.XForms.Tables;

/// <summary>
/// Writes submissions as rows for <see cref="XlsxSheets"/>: one output for each table of the form, and a last one for texts too
/// long for a cell.
/// </summary>
public sealed class XlsxRows(IReadOnlyList<FlatTable?> tables) : IRowWriter
{
    /// <summary>The columns of the sheet of texts that are too long for a cell.</summary>
    public static IReadOnlyList<string> LongTextHeadings => LongTexts.Headings;

    /// <inheritdoc/>
    public int Outputs => tables.Count + 1;

    /// <inheritdoc/>
    public void Begin()
    {
        // Nothing is kept between rows.
    }

    /// <inheritdoc/>
    public void Write(InstanceRow row, RowFacts facts, IReadOnlyList<IBufferWriter<byte>> outputs)
    {
        if (tables[row.Table.Index] is { } table)
        {
            var cells = new XlsxCells(outputs[row.Table.Index], outputs[^1], table.Columns, facts.InstanceId, row.Key);
            table.Write(ref cells, row, facts);
        }
    }

    /// <inheritdoc/>
    public void WriteDamaged(RowFacts facts, IReadOnlyList<IBufferWriter<byte>> outputs)
    {
        if (tables[0] is { } table)
        {
            var cells = new XlsxCells(outputs[0], outputs[^1], table.Columns, facts.InstanceId, []);
            table.WriteFacts(ref cells, facts);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Holds nothing.
    }
}
