using Fieldkeep.XForms.Diagnostics;

namespace Fieldkeep.XForms.XlsForm;

/// <summary>
/// Looks for headers that are probably misspelt: a column XLSForm does not know, with values in it, whose name is
/// nearly that of one the sheet does not have. XLSForm ignores such columns, and the author wonders why.
/// </summary>
internal static class CheckHeaders
{
    private static readonly string[] Survey =
        ["type", "name", "label", "hint", "guidance_hint", "default", "choice_filter", "parameters", "trigger", "relevant",
            "required", "required_message", "constraint", "constraint_message", "calculation", "read_only", "save_to",
            "confidential", "confidential_radius", "appearance", "repeat_count", "image", "audio", "video"];

    // A choices sheet may have columns of any name, for filters; the others are too near to words authors use for those.
    private static readonly string[] Choices = ["list_name", "name", "label"];

    private static readonly string[] Settings =
        ["form_title", "form_id", "version", "default_language", "style", "instance_name", "submission_url",
            "allow_choice_duplicates", "public_key"];

    /// <summary>Advises on the headers of a sheet; null is a sheet the workbook does not have.</summary>
    public static void Run(SheetTable? table, DiagnosticList diagnostics)
    {
        if (table is null)
        {
            return;
        }

        foreach (var column in table.Columns)
        {
            if (FindMeant(table, column) is { } meant && table.Rows.Any(row => column.Index < row.Cells.Length && row.Cells[column.Index] is not null))
            {
                diagnostics.Advice(
                    DiagnosticCode.HeaderSpelling,
                    $"The column “{column.Header}” of “{table.Name}” is no column of XLSForm, so it is not used. Did you mean “{meant}”?",
                    table.At(1, column.Header),
                    meant);
            }
        }
    }

    /// <summary>Finds the column that was probably meant; null when the header is right, far from all, or its column is there.</summary>
    public static string? FindMeant(SheetTable table, Column column)
    {
        if (table.Knows(column))
        {
            return null;
        }

        var end = column.Header.IndexOf(':', StringComparison.Ordinal);
        var word = ColumnNames.ToSnakeCase(end < 0 ? column.Header : column.Header[..end]);
        var candidates = table.Name switch
        {
            "survey" => Survey,
            "settings" => Settings,
            _ => Choices,
        };
        var meant = Spelling.Nearest(word, candidates, 2);
        var header = meant + (end < 0 ? "" : column.Header[end..]);
        return meant is null || table.HasHeader(header) ? null : header;
    }
}
