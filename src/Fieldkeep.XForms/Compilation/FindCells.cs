using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Sheets;
using Fieldkeep.XForms.XlsForm;

namespace Fieldkeep.XForms.Compilation;

/// <summary>
/// Finds the cells that diagnostics speak about: their addresses, their texts as typed and what stands beside them.
/// Runs over the diagnostics when the form is compiled, so that a form without any costs nothing.
/// </summary>
internal sealed class FindCells(Workbook workbook)
{
    /// <summary>A longer text of a cell is cut here; the author has the whole in the file.</summary>
    public const int MaxLength = 200;

    // An excerpt repeats up to six texts; whoever has more mistakes than this mends the first ones first.
    private const int MaxExcerpts = 1_000;
    private const int MaxExcerptCells = 4;

    private readonly Dictionary<string, SheetCells?> _sheets = new(StringComparer.Ordinal);
    private int _excerpts;

    /// <summary>Completes the places of diagnostics, in their order.</summary>
    public IReadOnlyList<Diagnostic> In(IReadOnlyList<Diagnostic> diagnostics) =>
        [.. diagnostics.Select(found => found.Cell is { } cell ? found with { Cell = Complete(cell) } : found)];

    /// <summary>Completes a place; one that names no sheet of the workbook stays as it is.</summary>
    private SourceCell Complete(SourceCell cell)
    {
        if (!_sheets.TryGetValue(cell.Sheet, out var sheet))
        {
            _sheets.Add(cell.Sheet, sheet = Find(cell.Sheet));
        }

        if (sheet is null || (cell.Row is null && cell.Column is null) || sheet.FindRow(cell.Row ?? 1) is not { } row)
        {
            return cell;
        }

        var column = cell.Column is { } header ? sheet.FindColumn(header) : null;
        return cell with
        {
            Address = cell.Address ?? (column is { } found ? sheet.AddressOf(found, row) : null),
            Value = column is { } index ? sheet.TextOf(index, row) : null,
            Excerpt = _excerpts++ < MaxExcerpts ? sheet.ExcerptOf(column, row) : [],
        };
    }

    private SheetCells? Find(string name)
    {
        var sheet = workbook.Sheets.FirstOrDefault(
            sheet => string.Equals(sheet.Name, name, StringComparison.OrdinalIgnoreCase));

        // The only sheet of a workbook is its survey, whatever its name; see XlsFormReader.
        sheet ??= workbook.Sheets.Count == 1 && name == "survey" ? workbook.Sheets[0] : null;
        return sheet is null ? null : new SheetCells(sheet, name.ToLowerInvariant());
    }

    /// <summary>Reads the cells of one sheet by header and row number.</summary>
    private sealed class SheetCells
    {
        private const string Withheld = "…";

        private readonly Sheet _sheet;
        private readonly bool _isSettings;
        private readonly Dictionary<string, int> _columns = new(StringComparer.Ordinal);
        private readonly int[] _telling;

        public SheetCells(Sheet sheet, string name)
        {
            _sheet = sheet;
            _isSettings = name == "settings";
            var telling = new List<(string Root, int Index)>();
            for (var i = 0; i < sheet.Header.Count; i++)
            {
                if (sheet.Header[i] is { } header)
                {
                    _columns.TryAdd(header, i);
                    telling.Add((RootOf(header, name), i));
                }
            }

            _telling = [.. telling.OrderBy(column => Rank(column.Root)).DistinctBy(column => column.Root).Select(column => column.Index)];
        }

        public int? FindColumn(string header) => _columns.TryGetValue(header, out var index) ? index : null;

        /// <summary>Finds a row by its number; 1 is the header.</summary>
        public SheetRow? FindRow(int number)
        {
            if (number == 1)
            {
                return new SheetRow(1, [.. _sheet.Header], _sheet.HeaderRow);
            }

            // All readers keep the rows between, so the row's place follows from its number.
            var index = number - 2;
            return index >= 0 && index < _sheet.Rows.Count && _sheet.Rows[index].Number == number ? _sheet.Rows[index] : null;
        }

        public string AddressOf(int column, SheetRow row) =>
            CellAddress.Of(column + _sheet.ColumnsBefore, row.FileRow > 0 ? row.FileRow : row.Number);

        public string? TextOf(int column, SheetRow row)
        {
            if (column >= row.Cells.Length || row.Cells[column] is not { } text)
            {
                return null;
            }

            return row.Number > 1 && IsWithheld(column) ? Withheld : text.Length <= MaxLength ? text : Shorten(text);
        }

        public IReadOnlyList<RowCell> ExcerptOf(int? column, SheetRow row)
        {
            var shown = new SortedSet<int>(_telling.Take(MaxExcerptCells - 1));
            if (column is { } meant)
            {
                shown.Add(meant);
            }

            return [.. shown.Select(index => new RowCell(AddressOf(index, row), _sheet.Header[index], TextOf(index, row)))];
        }

        // Keys and addresses with a password in them are settings; a diagnostic is shown, printed and sent on.
        private bool IsWithheld(int column) =>
            _isSettings && _sheet.Header[column] is { } header
            && (header.Contains("key", StringComparison.OrdinalIgnoreCase)
                || header.Contains("url", StringComparison.OrdinalIgnoreCase)
                || header.Contains("secret", StringComparison.OrdinalIgnoreCase)
                || header.Contains("password", StringComparison.OrdinalIgnoreCase));

        private static string Shorten(string text) =>
            string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[MaxLength - 2]) ? MaxLength - 2 : MaxLength - 1), "…");

        private static string RootOf(string header, string name)
        {
            var names = name switch
            {
                "choices" or "external_choices" or "osm" => ColumnNames.Choices,
                "settings" => ColumnNames.Settings,
                "entities" => ColumnNames.Entities,
                _ => ColumnNames.Survey,
            };
            return names.Resolve(header, header.Contains("::", StringComparison.Ordinal), out _)[0];
        }

        /// <summary>The columns by which an author knows a row come first.</summary>
        private static int Rank(string root) => root switch
        {
            "type" or "list name" or "dataset" or "id_string" => 0,
            "name" or "title" => 1,
            "label" => 2,
            _ => 3,
        };
    }
}
