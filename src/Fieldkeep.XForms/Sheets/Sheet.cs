namespace Fieldkeep.XForms.Sheets;

/// <summary>
/// Holds one sheet of a workbook: the cells of its header row and its data rows.
/// </summary>
/// <param name="Name">The sheet's name as typed.</param>
/// <param name="Header">Header cells, trimmed, runs of spaces collapsed; null where the header cell is empty.</param>
/// <param name="Rows">Data rows in sheet order; inner empty rows are kept, trailing ones dropped.</param>
public sealed record Sheet(string Name, IReadOnlyList<string?> Header, IReadOnlyList<SheetRow> Rows)
{
    /// <summary>Columns of the file before the first of the sheet: a CSV file names the sheets in one of its own.</summary>
    public int ColumnsBefore { get; init; }

    /// <summary>The row of the file in which the header stands; other than 1 only where one file holds all sheets.</summary>
    public int HeaderRow { get; init; } = 1;
}

/// <summary>Holds one data row; cells are trimmed, null when empty, and may be fewer or more than the header's.</summary>
/// <param name="Number">The row's number in the spreadsheet: 2 is the first row below the header.</param>
/// <param name="Cells">The row's cells, by header position.</param>
/// <param name="FileRow">The row's number in the file, where that is another; else 0.</param>
public readonly record struct SheetRow(int Number, string?[] Cells, int FileRow = 0);
