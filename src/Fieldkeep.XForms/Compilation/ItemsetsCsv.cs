using System.Text;
using Fieldkeep.XForms.XlsForm;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Writes the external choices as itemsets.csv: all fields quoted, CRLF.</summary>
internal static class ItemsetsCsv
{
    /// <summary>Writes the file; null when no question needs it.</summary>
    public static string? Write(XlsFormDocument document, FormTree tree)
    {
        if (document.ExternalTable is not { } table
            || !tree.Root.SelfAndDescendants().Any(node => node.Itemset is { Source: ItemsetSource.External }))
        {
            return null;
        }

        var text = new StringBuilder();
        AppendLine(text, table.Columns.Select(column => column.Header));
        var values = new string?[table.Sheet.Header.Count];
        foreach (var row in table.Rows)
        {
            Array.Clear(values);
            var isEmpty = true;
            foreach (var (column, value) in table.Values(row))
            {
                values[column.Index] = value;
                isEmpty = false;
            }

            if (!isEmpty)
            {
                AppendLine(text, table.Columns.Select(column => values[column.Index] ?? ""));
            }
        }

        return text.ToString();
    }

    private static void AppendLine(StringBuilder text, IEnumerable<string> fields)
    {
        text.AppendJoin(',', fields.Select(field => $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\""));
        text.Append("\r\n");
    }
}
