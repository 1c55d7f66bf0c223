using Fieldkeep.XForms.Diagnostics;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>What came of an uploaded form file.</summary>
/// <param name="Accepted">Whether it became the draft; else <c>diagnostics</c> say why not.</param>
/// <param name="Form">The form it became a draft of; null when it was refused.</param>
internal sealed record UploadResult(bool Accepted, UploadedForm? Form, IReadOnlyList<DiagnosticItem> Diagnostics);

/// <summary>The form that a file became a draft of.</summary>
internal sealed record UploadedForm(string Id, string Title, string? Version);

/// <summary>One thing about a form file that its author should mend or look at.</summary>
/// <param name="Code">A stable key such as <c>NAMES_001</c>.</param>
/// <param name="Sheet">Null when the whole file is meant.</param>
/// <param name="Row">1 for the first; null when no one row is meant.</param>
/// <param name="Column">The name of the column; null when no one column is meant.</param>
/// <param name="Address">The cell as a spreadsheet program names it, such as <c>D7</c>; null when no one cell is meant.</param>
/// <param name="Value">What was typed there, shortened; null when it is empty.</param>
/// <param name="Excerpt">The cells of the row by which its author knows it.</param>
/// <param name="Suggestion">What was probably meant; null when nothing is near.</param>
internal sealed record DiagnosticItem(
    string Code,
    Severity Severity,
    string Message,
    string? Sheet,
    int? Row,
    string? Column,
    string? Address,
    string? Value,
    IReadOnlyList<RowCell> Excerpt,
    string? Suggestion)
{
    /// <summary>Shows a diagnostic.</summary>
    public static DiagnosticItem Of(Diagnostic diagnostic) => new(
        diagnostic.Code,
        diagnostic.Severity,
        diagnostic.Message,
        diagnostic.Cell?.Sheet,
        diagnostic.Cell?.Row,
        diagnostic.Cell?.Column,
        diagnostic.Cell?.Address,
        diagnostic.Cell?.Value,
        diagnostic.Cell?.Excerpt ?? [],
        diagnostic.Suggestion);
}
