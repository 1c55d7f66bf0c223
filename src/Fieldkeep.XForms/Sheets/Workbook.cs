namespace Fieldkeep.XForms.Sheets;

/// <summary>Holds the sheets of a spreadsheet file, in file order, before anything is known about XLSForm.</summary>
/// <param name="Sheets">All sheets, also those XLSForm does not know.</param>
public sealed record Workbook(IReadOnlyList<Sheet> Sheets);
