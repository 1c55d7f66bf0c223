using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Sheets;

namespace Fieldkeep.XForms.Export;

/// <summary>Writes the external_choices sheet from <c>itemsets.csv</c>, which holds these choices beside the XForm.</summary>
internal static class ExternalChoices
{
    private const string Name = "external_choices";

    /// <summary>Writes the sheet; it has no rows when no question looks up its choices there.</summary>
    public static SheetDraft Write(ExportContext context, string? itemsetsCsv)
    {
        if (context.ExternalLists.Count == 0)
        {
            return new SheetDraft(Name);
        }

        var table = itemsetsCsv is null ? null : CsvReader.Records(itemsetsCsv).ToList();
        if (table is { Count: > 1 } && table[0].Any(cell => cell?.Trim() is "list_name" or "list name"))
        {
            return Copy(context, table[0], table.Skip(1));
        }

        context.Lose(
            DiagnosticCode.ExportExternalChoicesMissing,
            null,
            $"The choices of {string.Join(", ", context.ExternalLists.Keys)} are in itemsets.csv. Copy its lines into the sheet external_choices.");
        var sheet = new SheetDraft(Name, "list_name", "name", "label");
        foreach (var list in context.ExternalLists.Keys)
        {
            sheet.AddRow();
            sheet.Set("list_name", list);
            sheet.Set("name", "-");
            sheet.Set("label", "-");
        }

        return sheet;
    }

    private static SheetDraft Copy(ExportContext context, string?[] header, IEnumerable<string?[]> rows)
    {
        var sheet = new SheetDraft(Name);
        var columns = new HashSet<string>(StringComparer.Ordinal);
        var isColumn = header.Select(column => column is not null && columns.Add(column)).ToArray();
        foreach (var column in columns)
        {
            sheet.Require(column);
        }

        var lost = 0;
        foreach (var cells in rows.Where(cells => Array.Exists(cells, cell => cell is not null)))
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            sheet.AddRow();
            for (var i = 0; i < cells.Length; i++)
            {
                if (i < isColumn.Length && isColumn[i])
                {
                    sheet.Set(header[i] ?? "", cells[i]);
                }
                else
                {
                    lost += cells[i] is null ? 0 : 1;
                }
            }
        }

        if (lost > 0)
        {
            context.Lose(
                DiagnosticCode.ExportTextLost, null, $"{lost} cells of itemsets.csv are left out: their column has no name, or that of another column.");
        }

        return sheet;
    }
}
