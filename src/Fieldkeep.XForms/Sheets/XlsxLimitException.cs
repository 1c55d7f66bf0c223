namespace Fieldkeep.XForms.Sheets;

/// <summary>Refuses what no .xlsx workbook can hold: a row, a column or a text too many. The message says which limit.</summary>
public sealed class XlsxLimitException : Exception
{
    /// <summary>Creates the refusal.</summary>
    /// <param name="sheet">The sheet being written.</param>
    /// <param name="row">The row being written, 1 is the header.</param>
    /// <param name="message">What is too much, how much there can be, and what to do.</param>
    public XlsxLimitException(string sheet, int row, string message)
        : base($"Sheet “{sheet}”, row {row}: {message}")
    {
        Sheet = sheet;
        Row = row;
    }

    /// <summary>The sheet being written.</summary>
    public string Sheet { get; }

    /// <summary>The row being written, 1 is the header.</summary>
    public int Row { get; }
}
