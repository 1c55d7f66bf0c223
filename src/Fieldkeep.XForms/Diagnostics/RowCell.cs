namespace Fieldkeep.XForms.Diagnostics;

/// <summary>Shows one cell of the row that a diagnostic speaks about.</summary>
/// <param name="Address">The address a spreadsheet program shows, such as <c>B7</c>.</param>
/// <param name="Header">The column's header as typed; null when the column has none.</param>
/// <param name="Value">The cell's text as typed, shortened; null when it is empty.</param>
public sealed record RowCell(string Address, string? Header, string? Value);
