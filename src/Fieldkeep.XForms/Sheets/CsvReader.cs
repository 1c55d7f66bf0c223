using System.Text;

namespace Fieldkeep.XForms.Sheets;

/// <summary>
/// Reads a workbook written as one CSV file: a first cell that is not empty names a sheet,
/// the first row with other content after it is its header.
/// </summary>
public static class CsvReader
{
    /// <summary>Reads all sheets of a text. Rows before the first sheet name are ignored.</summary>
    public static Workbook Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var order = new List<string>();
        var sheets = new Dictionary<string, List<(int FileRow, string?[] Cells)>>(StringComparer.Ordinal);
        List<(int FileRow, string?[] Cells)>? rows = null;
        var cells = 0;
        var fileRow = 0;
        foreach (var record in Records(text))
        {
            fileRow++;
            if (record[0] is { } name)
            {
                if (!sheets.TryGetValue(name, out rows))
                {
                    sheets.Add(name, rows = []);
                    order.Add(name);
                }
            }

            if (rows is not null && Array.Exists(record[1..], cell => cell is not null))
            {
                rows.Add((fileRow, record[1..]));
                cells += record.Length;
                if (cells > WorkbookLimits.MaxCells)
                {
                    throw XlsxReader.TooLarge();
                }
            }
        }

        return new Workbook(order.ConvertAll(name => Build(name, sheets[name])));
    }

    private static Sheet Build(string name, List<(int FileRow, string?[] Cells)> rows)
    {
        var (headerRow, header) = rows.Count > 0 ? rows[0] : (1, []);
        var length = Array.FindLastIndex(header, cell => cell is not null) + 1;
        var data = rows.Skip(1).Select((row, i) => new SheetRow(i + 2, row.Cells, row.FileRow)).ToList();
        return new Sheet(name, header[..length], data) { ColumnsBefore = 1, HeaderRow = headerRow };
    }

    /// <summary>Splits a text into records of trimmed cells (RFC 4180; a quote inside an unquoted cell means itself).</summary>
    public static IEnumerable<string?[]> Records(string text)
    {
        var cells = new List<string?>();
        var cell = new StringBuilder();
        var isQuoted = false;
        var isStart = true;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (isQuoted)
            {
                if (c != '"')
                {
                    cell.Append(c);
                }
                else if (i + 1 < text.Length && text[i + 1] == '"')
                {
                    cell.Append('"');
                    i++;
                }
                else
                {
                    isQuoted = false;
                }
            }
            else if (c == '"' && isStart)
            {
                isQuoted = true;
                isStart = false;
            }
            else if (c is ',' or '\n' or '\r')
            {
                cells.Add(Take(cell));
                isStart = true;
                if (c != ',')
                {
                    yield return [.. cells];
                    cells.Clear();
                    i += c == '\r' && i + 1 < text.Length && text[i + 1] == '\n' ? 1 : 0;
                }
            }
            else
            {
                cell.Append(c);
                isStart = false;
            }
        }

        cells.Add(Take(cell));
        yield return [.. cells];
    }

    private static string? Take(StringBuilder cell)
    {
        var text = cell.ToString().Trim().Replace('\u00A0', ' ');
        cell.Clear();
        return text.Length == 0 ? null : text;
    }
}
