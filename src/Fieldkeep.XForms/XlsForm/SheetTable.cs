using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Sheets;

namespace Fieldkeep.XForms.XlsForm;

/// <summary>Holds one column of a sheet with its header as typed and the path it stands for.</summary>
internal sealed record Column(int Index, string Header, string[] Path)
{
    /// <summary>The first part of the path, such as <c>bind</c> or <c>label</c>.</summary>
    public string Root => Path[0];
}

/// <summary>Holds a known sheet with its headers resolved.</summary>
internal sealed class SheetTable
{
    private readonly ColumnNames _names;
    private readonly Dictionary<string, string> _headers = new(StringComparer.Ordinal);

    private SheetTable(Sheet sheet, string name, ColumnNames names, List<Column> columns)
    {
        _names = names;
        Sheet = sheet;
        Name = name;
        Columns = columns;
        foreach (var column in columns)
        {
            _headers.TryAdd(string.Join("::", column.Path), column.Header);
            _headers.TryAdd(column.Root, column.Header);
        }
    }

    /// <summary>The canonical name of the sheet, in lower case.</summary>
    public string Name { get; }

    /// <summary>The sheet as it was read.</summary>
    public Sheet Sheet { get; }

    /// <summary>Columns with a header, in sheet order.</summary>
    public IReadOnlyList<Column> Columns { get; }

    /// <summary>Data rows in sheet order.</summary>
    public IReadOnlyList<SheetRow> Rows => Sheet.Rows;

    /// <summary>Resolves the headers of a sheet; two headers for one column are an error.</summary>
    public static SheetTable Read(Sheet sheet, string name, ColumnNames names, DiagnosticList diagnostics)
    {
        var isDoubleColon = sheet.Header.Any(header => header?.Contains("::", StringComparison.Ordinal) == true);
        var columns = new List<Column>();
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < sheet.Header.Count; i++)
        {
            // form_id wins over the older id_string; SettingsReader warns about it.
            if (sheet.Header[i] is not { } header
                || (name == "settings" && header == "id_string" && sheet.Header.Contains("form_id")))
            {
                continue;
            }

            if (columns.Count == FormLimits.Columns)
            {
                diagnostics.Error(
                    DiagnosticCode.LimitExceeded,
                    $"The sheet “{name}” has more than {FormLimits.Columns} columns. Delete those that are not used.",
                    new SourceCell(name, 1));
                break;
            }

            var path = names.Resolve(header, isDoubleColon, out var isCanonical);
            var key = string.Join("::", path);
            if (!seen.TryAdd(key, header) && !isCanonical)
            {
                diagnostics.Error(
                    DiagnosticCode.HeadersForOneColumn,
                    $"The columns “{seen[key]}” and “{header}” of “{name}” mean the same. Keep one of them.",
                    new SourceCell(name, 1, header));
            }

            columns.Add(new Column(i, header, path));
        }

        return new SheetTable(sheet, name, names, columns);
    }

    /// <summary>Says whether the sheet has a column for a path such as <c>name</c> or <c>bind::relevant</c>.</summary>
    public bool Has(string path) => _headers.ContainsKey(path);

    /// <summary>Says whether a column is one of XLSForm's, whatever its spelling.</summary>
    public bool Knows(Column column) => _names.Knows(column.Root);

    /// <summary>Says whether the sheet has the column that a header stands for.</summary>
    public bool HasHeader(string header) =>
        Has(string.Join("::", _names.Resolve(header, header.Contains("::", StringComparison.Ordinal), out _)));

    /// <summary>Points at a cell, using the header as the author typed it.</summary>
    public SourceCell At(int? row, string? path = null) =>
        new(Name, row, path is null ? null : _headers.GetValueOrDefault(path) ?? _names.UsualHeader(path));

    /// <summary>Reads the values of a row with curly quotes made straight; empty cells are left out.</summary>
    public IEnumerable<(Column Column, string Value)> Values(SheetRow row)
    {
        foreach (var column in Columns)
        {
            if (column.Index < row.Cells.Length && row.Cells[column.Index] is { } value)
            {
                yield return (column, StraightenQuotes(value));
            }
        }
    }

    private static string StraightenQuotes(string text) =>
        text.AsSpan().IndexOfAny("\u2018\u2019\u201C\u201D") < 0
            ? text
            : text.Replace('\u2018', '\'').Replace('\u2019', '\'').Replace('\u201C', '"').Replace('\u201D', '"');
}
