using Fieldkeep.XForms.Diagnostics;

namespace Fieldkeep.XForms.Dialects;

/// <summary>Tells the author, before all else, for which tool a workbook was written.</summary>
internal static class ReportDialect
{
    // An ODK-X workbook breaks every rule in every row; three of a kind show it.
    private const int KeptOfAKind = 3;

    /// <summary>Puts the finding first; of a form in a language of its own, only the first errors of each kind are kept.</summary>
    public static IReadOnlyList<Diagnostic> Run(FoundDialect found, IReadOnlyList<Diagnostic> diagnostics)
    {
        var isRefused = diagnostics.Any(diagnostic => diagnostic.Severity == Severity.Error);
        if (!isRefused && found.Dialect == FormDialect.Kobo)
        {
            // Such a form loses nothing.
            return diagnostics;
        }

        var kept = isRefused && found.IsSure && found.Dialect == FormDialect.OdkX ? FirstOfEachKind(diagnostics) : diagnostics;
        var first = new Diagnostic(DiagnosticCode.OtherDialect, Severity.Advice, Message(found, diagnostics.Count - kept.Count), found.First);
        return [first, .. kept];
    }

    private static string Message(FoundDialect found, int leftOut) =>
        $"This workbook is written for {found.Dialect.Tool}: it has {string.Join(", ", found.Marks)}. {found.Dialect.Understood}. " +
        $"{found.Dialect.ToChange}." +
        (leftOut == 0 ? "" : $" {leftOut} more findings of the kinds below are left out.");

    private static List<Diagnostic> FirstOfEachKind(IReadOnlyList<Diagnostic> diagnostics)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        var kept = new List<Diagnostic>();
        foreach (var diagnostic in diagnostics)
        {
            var count = counts.GetValueOrDefault(diagnostic.Code);
            counts[diagnostic.Code] = count + 1;
            if (count < KeptOfAKind)
            {
                kept.Add(diagnostic);
            }
        }

        return kept;
    }
}
