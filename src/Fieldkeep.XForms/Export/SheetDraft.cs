using Fieldkeep.XForms.Sheets;

namespace Fieldkeep.XForms.Export;

/// <summary>Collects the rows of a sheet; its columns are those that some row fills, in their usual order.</summary>
internal sealed class SheetDraft(string name, params string[] order)
{
    /// <summary>Most rows times columns; the largest known forms need a fiftieth.</summary>
    private const int MaxPlaces = 25_000_000;

    private readonly List<Dictionary<string, string>> _rows = [];
    private readonly Dictionary<string, int> _columns = new(StringComparer.Ordinal);

    /// <summary>The sheet's name.</summary>
    public string Name { get; } = name;

    /// <summary>The cells whose text was cut, because no cell holds that many characters.</summary>
    public List<(int Row, string Column, int Length)> TooLong { get; } = [];

    /// <summary>True when no row was added.</summary>
    public bool IsEmpty => _rows.Count == 0;

    /// <summary>Adds a row.</summary>
    public void AddRow() => _rows.Add(new Dictionary<string, string>(StringComparer.Ordinal));

    /// <summary>Fills a cell of the row added last; nothing when there is nothing to write.</summary>
    public void Set(string column, string? value)
    {
        if (!string.IsNullOrWhiteSpace(value))
        {
            _columns.TryAdd(column, _columns.Count);
            var text = value.Trim();
            if (text.Length > XlsxWriter.MaxCellLength)
            {
                TooLong.Add((_rows.Count + 1, column, text.Length));
                text = text[..(XlsxWriter.MaxCellLength - (char.IsHighSurrogate(text[XlsxWriter.MaxCellLength - 1]) ? 1 : 0))];
            }

            _rows[^1][column] = text;
        }
    }

    /// <summary>Makes sure of a column, whether a row fills it or not.</summary>
    public void Require(string column) => _columns.TryAdd(column, _columns.Count);

    /// <summary>Makes the sheet.</summary>
    /// <exception cref="XlsxLimitException">It has more columns than a sheet can have, or would need too much memory.</exception>
    public Sheet Build()
    {
        if (_columns.Count > XlsxWriter.MaxColumns || (long)_columns.Count * _rows.Count > MaxPlaces)
        {
            throw new XlsxLimitException(
                Name, _rows.Count + 1, $"{_rows.Count:N0} rows by {_columns.Count:N0} columns are more than a workbook can hold. Keep the XForm, or make several forms of it.");
        }

        var columns = _columns.OrderBy(column => Rank(column.Key)).ThenBy(column => column.Value).Select(c => c.Key).ToList();
        var rows = _rows.Select((row, index) => new SheetRow(index + 2, [.. columns.Select(row.GetValueOrDefault)])).ToList();
        return new Sheet(Name, columns, rows);
    }

    private int Rank(string column)
    {
        var at = Array.IndexOf(order, column);
        if (at < 0 && column.IndexOf("::", StringComparison.Ordinal) is > 0 and var colons)
        {
            // Languages of a column stand beside it; bind::x and its like come last, in groups.
            at = Array.IndexOf(order, column[..column.LastIndexOf("::", StringComparison.Ordinal)]);
            at = at < 0 ? Array.IndexOf(order, column[..colons]) : at;
        }

        return at < 0 ? order.Length : at;
    }
}
