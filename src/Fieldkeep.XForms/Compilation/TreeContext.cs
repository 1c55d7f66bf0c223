using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Dialects;
using Fieldkeep.XForms.XlsForm;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Carries what all steps of building the tree share.</summary>
internal sealed class TreeContext(XlsFormDocument document, DiagnosticList diagnostics)
{
    private int _lookups;

    /// <summary>The sheets.</summary>
    public XlsFormDocument Document { get; } = document;

    /// <summary>Where findings go.</summary>
    public DiagnosticList Diagnostics { get; } = diagnostics;

    /// <summary>The tool the workbook was written for; null for XLSForm's own.</summary>
    public FormDialect? Dialect { get; init; }

    /// <summary>
    /// Finds the nearest of the form's own names; null when none is near, or when so many words were looked up already
    /// that looking further would take longer than it helps.
    /// </summary>
    public string? Nearest(string word, IEnumerable<string> candidates) =>
        _lookups++ < FormLimits.Suggestions ? Spelling.Nearest(word, candidates) : null;

    /// <summary>Adds an error about a cell of the survey sheet; the column is a path such as <c>bind::calculate</c>.</summary>
    public void Error(string code, int row, string? column, string message, string? suggestion = null) =>
        Diagnostics.Error(code, message, Document.Survey.At(row, column), suggestion);

    /// <summary>Adds a warning about a cell of the survey sheet.</summary>
    public void Warning(string code, int row, string? column, string message) =>
        Diagnostics.Warning(code, message, Document.Survey.At(row, column));
}
