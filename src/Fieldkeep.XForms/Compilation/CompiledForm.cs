using Fieldkeep.XForms.Diagnostics;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Holds the outcome of compiling one XLSForm.</summary>
public sealed class CompiledForm
{
    /// <summary>The XForm as XML text; null when there is an error.</summary>
    public string? XForm { get; init; }

    /// <summary>The form's id; null when there is an error.</summary>
    public string? FormId { get; init; }

    /// <summary>The text of <c>itemsets.csv</c>; null when the form has no select_one_external.</summary>
    public string? ItemsetsCsv { get; init; }

    /// <summary>All errors and warnings, in the order they were found.</summary>
    public required IReadOnlyList<Diagnostic> Diagnostics { get; init; }

    /// <summary>True when there is an XForm.</summary>
    public bool Succeeded => XForm is not null;

    /// <summary>Gives the same outcome with other diagnostics.</summary>
    internal CompiledForm With(IReadOnlyList<Diagnostic> diagnostics) => new()
    {
        XForm = XForm,
        FormId = FormId,
        ItemsetsCsv = ItemsetsCsv,
        Diagnostics = diagnostics,
    };
}
