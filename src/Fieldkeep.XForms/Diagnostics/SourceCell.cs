namespace Fieldkeep.XForms.Diagnostics;

/// <summary>Points at the place in the spreadsheet that a diagnostic speaks about.</summary>
/// <param name="Sheet">The sheet's name.</param>
/// <param name="Row">The spreadsheet row (1 is the header); null when the whole sheet or column is meant.</param>
/// <param name="Column">The column's header; null when the whole row is meant.</param>
public sealed record SourceCell(string Sheet, int? Row = null, string? Column = null);
