using System.Buffers;

namespace Fieldkeep.XForms.Tables;

/// <summary>Writes submissions as CSV, one output for each table of the form.</summary>
public sealed class CsvRows(IReadOnlyList<FlatTable?> tables) : IRowWriter
{
    /// <inheritdoc/>
    public int Outputs => tables.Count;

    /// <summary>Writes the first line of a table.</summary>
    public static void WriteHeadings(FlatTable table, IBufferWriter<byte> output)
    {
        var csv = new CsvWriter(output);
        foreach (var column in table.Columns)
        {
            csv.Write(column.Heading);
        }

        csv.EndRow();
    }

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
            var csv = new CsvWriter(outputs[row.Table.Index]);
            table.Write(ref csv, row, facts);
        }
    }

    /// <inheritdoc/>
    public void WriteDamaged(RowFacts facts, IReadOnlyList<IBufferWriter<byte>> outputs)
    {
        var csv = new CsvWriter(outputs[0]);
        tables[0]?.WriteFacts(ref csv, facts);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Holds nothing.
    }
}
