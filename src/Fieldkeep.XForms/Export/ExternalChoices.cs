using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Sheets;

namespace Fieldkeep.XForms.Export;

/// <summary>Writes the external_choices sheet from <c>itemsets.csv</c>, which holds these choices beside the XForm.</summary>
internal static class ExternalChoices
{
    /// <summary>Writes the sheet; null when no question looks up its choices there.</summary>
    public static Sheet? Write(ExportContext context, string? itemsetsCsv)
    {
        if (context.ExternalLists.Count == 0)
        {
            return null;
        }

        var table = itemsetsCsv is null ? null : CsvReader.Records(itemsetsCsv).ToList();
        if (table is { Count: > 1 } && table[0].Any(cell => cell?.Trim() is "list_name" or "list name"))
        {
            var rows = table.Skip(1)
                .Where(cells => cells.Any(cell => cell is not null))
                .Select((cells, index) => new SheetRow(index + 2, cells))
                .ToList();
            return new Sheet("external_choices", table[0], rows);
        }

        context.Lose(
            DiagnosticCode.ExportExternalChoicesMissing,
            null,
            $"The choices of {string.Join(", ", context.ExternalLists)} are in itemsets.csv. Copy its lines into the sheet external_choices.");
        var sheet = new SheetDraft("external_choices", "list_name", "name", "label");
        foreach (var list in context.ExternalLists)
        {
            sheet.AddRow();
            sheet.Set("list_name", list);
            sheet.Set("name", "-");
            sheet.Set("label", "-");
        }

        return sheet.Build();
    }
}
