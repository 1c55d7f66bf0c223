using System.Text;

namespace Fieldkeep.XForms.Sheets;

/// <summary>
/// Reads a workbook written as Markdown tables, the notation of tests and forum posts.
/// A first cell that is not empty starts a sheet; lines of only <c>|</c>, <c>-</c>, <c>:</c> and spaces are separators.
/// </summary>
public static class MarkdownReader
{
    private const int SniffLength = 5000;
    private const int SniffPipes = 5;

    /// <summary>Says whether the beginning of a text looks like Markdown tables: at least five pipes.</summary>
    public static bool LooksLikeMarkdown(ReadOnlySpan<char> text) =>
        text[..Math.Min(text.Length, SniffLength)].Count('|') >= SniffPipes;

    /// <summary>Reads all tables of a text. Lines that are not table rows are ignored.</summary>
    public static Workbook Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var sheets = new List<Sheet>();
        string? name = null;
        var rows = new List<string?[]>();
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var cells = ReadLine(line);
            if (cells is null)
            {
                continue;
            }

            if (cells[0] is { } sheetName)
            {
                AddSheet(sheets, name, rows);
                name = sheetName;
                rows = [];
            }

            if (name is not null && Array.Exists(cells[1..], cell => cell is not null))
            {
                rows.Add(cells[1..]);
            }
        }

        AddSheet(sheets, name, rows);
        return new Workbook(sheets);
    }

    private static void AddSheet(List<Sheet> sheets, string? name, List<string?[]> rows)
    {
        if (name is null)
        {
            return;
        }

        var header = rows.Count > 0 ? TrimEnd(rows[0]) : [];
        var data = new List<SheetRow>();
        for (var i = 1; i < rows.Count; i++)
        {
            data.Add(new SheetRow(i + 1, rows[i]));
        }

        sheets.Add(new Sheet(name, header, data));
    }

    private static string?[] TrimEnd(string?[] cells)
    {
        var length = cells.Length;
        while (length > 0 && cells[length - 1] is null)
        {
            length--;
        }

        return cells[..length];
    }

    /// <summary>Splits one line into trimmed cells; null when the line is no table row.</summary>
    private static string?[]? ReadLine(ReadOnlySpan<char> line)
    {
        line = line.Trim();
        var last = line.LastIndexOf('|');
        if (line.Length < 2 || line[0] != '|' || last == 0)
        {
            return null;
        }

        var inner = line[1..last];
        if (inner.Length > 0 && inner.IndexOfAnyExcept("|-: ") < 0 && inner.Contains("--", StringComparison.Ordinal))
        {
            return null;
        }

        var cells = new List<string?>();
        var cell = new StringBuilder();
        for (var i = 0; i < inner.Length; i++)
        {
            if (inner[i] == '\\' && i + 1 < inner.Length && inner[i + 1] == '|')
            {
                cell.Append('|');
                i++;
            }
            else if (inner[i] == '|')
            {
                cells.Add(Take(cell));
            }
            else
            {
                cell.Append(inner[i]);
            }
        }

        cells.Add(Take(cell));
        return [.. cells];
    }

    private static string? Take(StringBuilder cell)
    {
        var text = cell.ToString().Trim();
        cell.Clear();
        return text.Length == 0 ? null : text;
    }
}
