using Fieldkeep.XForms.Diagnostics;

namespace Fieldkeep.XForms.Sheets;

/// <summary>
/// Makes a sheet from the cells of a spreadsheet program by the common table rules: where
/// the header ends, where the rows end, what an empty cell is.
/// </summary>
internal sealed class SheetBuilder(string name, DiagnosticList diagnostics)
{
    private const int MaxEmptyHeaders = 20;
    private const int MaxEmptyRows = 60;

    private readonly List<SheetRow> _rows = [];
    private string?[]? _header;
    private int _lastRow = 1;
    private int _cells;

    /// <summary>Number of cells kept.</summary>
    public int CellCount => _cells;

    /// <summary>Columns of the header; cells beyond it are not kept. Before the header is known, all there can be.</summary>
    public int Columns => _header?.Length ?? WorkbookLimits.MaxColumns;

    /// <summary>Adds the cells of a row, in order of their numbers; false when the sheet ends before it.</summary>
    public bool Add(int number, ReadOnlySpan<string?> cells)
    {
        if (_header is null)
        {
            if (number == 1)
            {
                _header = ReadHeader(cells);
                return true;
            }

            _header = [];
        }

        if (number - _lastRow - 1 > MaxEmptyRows)
        {
            return false;
        }

        if (_header.Length == 0)
        {
            return false;
        }

        var kept = new string?[Math.Min(cells.Length, _header.Length)];
        var isEmpty = true;
        for (var i = 0; i < kept.Length; i++)
        {
            if (_header[i] is not null && Clean(cells[i]) is { } cell)
            {
                kept[i] = cell;
                isEmpty = false;
                _cells++;
            }
        }

        if (isEmpty)
        {
            return number - _lastRow <= MaxEmptyRows;
        }

        while (++_lastRow < number)
        {
            _rows.Add(new SheetRow(_lastRow, []));
        }

        _rows.Add(new SheetRow(number, kept));
        return true;
    }

    public Sheet Build() => new(name, _header ?? [], _rows);

    private string?[] ReadHeader(ReadOnlySpan<string?> cells)
    {
        var header = new List<string?>();
        var empty = 0;
        foreach (var cell in cells)
        {
            if (string.IsNullOrWhiteSpace(cell))
            {
                if (++empty > MaxEmptyHeaders)
                {
                    break;
                }

                header.Add(null);
                continue;
            }

            empty = 0;
            if (header.Contains(cell))
            {
                diagnostics.Error(
                    DiagnosticCode.DuplicateRawHeader,
                    $"The header “{cell.Trim()}” occurs twice on the sheet “{name}”. Keep one of the two columns.",
                    new SourceCell(name, 1, cell.Trim()));
            }

            header.Add(CollapseSpaces(cell.Trim()));
        }

        while (header.Count > 0 && header[^1] is null)
        {
            header.RemoveAt(header.Count - 1);
        }

        return [.. header];
    }

    private static string? Clean(string? cell)
    {
        if (string.IsNullOrWhiteSpace(cell))
        {
            return null;
        }

        return cell.Trim().Replace('\u00A0', ' ');
    }

    private static string CollapseSpaces(string text)
    {
        while (text.Contains("  ", StringComparison.Ordinal))
        {
            text = text.Replace("  ", " ", StringComparison.Ordinal);
        }

        return text;
    }
}
