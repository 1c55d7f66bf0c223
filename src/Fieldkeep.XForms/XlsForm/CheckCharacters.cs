using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.XlsForm;

/// <summary>Reports characters that XML cannot hold, such as those copied out of other programs.</summary>
internal static class CheckCharacters
{
    /// <summary>Checks the headers and cells of a sheet.</summary>
    public static void Run(SheetTable? table, DiagnosticList diagnostics)
    {
        if (table is null)
        {
            return;
        }

        foreach (var column in table.Columns)
        {
            Check(table, 1, column, column.Header, diagnostics);
        }

        foreach (var row in table.Rows)
        {
            foreach (var (column, value) in table.Values(row))
            {
                Check(table, row.Number, column, value, diagnostics);
            }
        }
    }

    private static void Check(SheetTable table, int row, Column column, string text, DiagnosticList diagnostics)
    {
        var at = XmlNames.IndexOfIllegalCharacter(text);
        if (at >= 0)
        {
            diagnostics.Error(
                DiagnosticCode.IllegalCharacter,
                $"The cell holds the character U+{(int)text[at]:X4} at position {at + 1}, which cannot be sent. Delete it " +
                "or type the text again.",
                table.At(row, column.Header));
        }
    }
}
