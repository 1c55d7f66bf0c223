namespace Fieldkeep.XForms.Diagnostics;

/// <summary>Points at the place in the spreadsheet that a diagnostic speaks about.</summary>
/// <param name="Sheet">The sheet's name.</param>
/// <param name="Row">The spreadsheet row (1 is the header); null when the whole sheet or column is meant.</param>
/// <param name="Column">The column's header; null when the whole row is meant.</param>
public sealed record SourceCell(string Sheet, int? Row = null, string? Column = null)
{
    /// <summary>The address a spreadsheet program shows, such as <c>D7</c>; null when no single cell is meant or the column is not there.</summary>
    public string? Address { get; init; }

    /// <summary>The cell's text as typed, shortened; null when the cell is empty, <c>…</c> in settings that hold keys or addresses.</summary>
    public string? Value { get; init; }

    /// <summary>The cells of the row by which its author knows it, in sheet order, the one meant among them; may be empty.</summary>
    public IReadOnlyList<RowCell> Excerpt { get; init; } = [];
}
