namespace Fieldkeep.XForms.Sheets;

/// <summary>
/// Holds one sheet of a workbook: the cells of its header row and its data rows.
/// </summary>
/// <param name="Name">The sheet's name as typed.</param>
/// <param name="Header">Header cells, trimmed, runs of spaces collapsed; null where the header cell is empty.</param>
/// <param name="Rows">Data rows in sheet order; inner empty rows are kept, trailing ones dropped.</param>
public sealed record Sheet(string Name, IReadOnlyList<string?> Header, IReadOnlyList<SheetRow> Rows);

/// <summary>Holds one data row; cells are trimmed, null when empty, and may be fewer or more than the header's.</summary>
/// <param name="Number">The row's number in the spreadsheet: 2 is the first row below the header.</param>
/// <param name="Cells">The row's cells, by header position.</param>
public readonly record struct SheetRow(int Number, string?[] Cells);
