using Fieldkeep.XForms.Diagnostics;

namespace Fieldkeep.XForms.XlsForm;

/// <summary>
/// Says which translatable columns each language lacks; only headers are looked at.
/// </summary>
internal static class TranslationCoverage
{
    private const string Unnamed = "default";

    /// <summary>Says whether a sheet has any column with a language.</summary>
    public static bool IsTranslated(SheetTable? table) => table is not null && Columns(table).Any(c => c.Language != Unnamed);

    /// <summary>Warns once when a language lacks a column that another one has.</summary>
    public static void Check(XlsFormDocument document, DiagnosticList diagnostics)
    {
        var missing = MissingOf(document.Survey);
        missing.AddRange(document.ChoicesTable is { } choices ? MissingOf(choices) : []);
        if (missing.Count > 0)
        {
            diagnostics.Warning(
                DiagnosticCode.TranslationMissing,
                $"Some languages lack columns that others have: {string.Join("; ", missing)}. Add the columns or remove " +
                "the language.",
                document.Survey.At(1));
        }
    }

    private static List<string> MissingOf(SheetTable table)
    {
        var columns = Columns(table).Distinct().ToList();
        var languages = columns.Select(column => column.Language).Distinct(StringComparer.Ordinal).ToList();
        var missing = new List<string>();
        if (languages.All(language => language == Unnamed))
        {
            return missing;
        }

        var used = columns.Select(column => column.Column).Distinct(StringComparer.Ordinal).ToList();
        foreach (var language in languages.Order(StringComparer.Ordinal))
        {
            var lacking = used
                .Where(column => !columns.Contains((column, language)))
                .Order(StringComparer.Ordinal)
                .ToList();
            if (lacking.Count > 0)
            {
                var who = language == Unnamed ? "The texts without a language" : $"“{language}”";
                missing.Add($"{who} {(language == Unnamed ? "have" : "has")} no {string.Join(", ", lacking)} in {table.Name}");
            }
        }

        return missing;
    }

    private static IEnumerable<(string Column, string Language)> Columns(SheetTable table) =>
        table.Columns.Select(column => Of(column.Path)).OfType<(string Column, string Language)>();

    private static (string Column, string Language)? Of(string[] path) => path switch
    {
        ["label" or "hint" or "guidance_hint", .. var rest] => (path[0], rest.FirstOrDefault(Unnamed)),
        ["media", var kind, .. var rest] => (kind, rest.FirstOrDefault(Unnamed)),
        ["bind", "jr:constraintMsg", .. var rest] => ("constraint_message", rest.FirstOrDefault(Unnamed)),
        ["bind", "jr:requiredMsg", .. var rest] => ("required_message", rest.FirstOrDefault(Unnamed)),
        _ => null,
    };
}
