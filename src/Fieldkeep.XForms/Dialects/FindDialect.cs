using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Sheets;

namespace Fieldkeep.XForms.Dialects;

/// <summary>
/// Recognises workbooks written for another tool. A type or two other marks are needed, one of them no common word: one
/// odd column alone may be anyone's note, and so may sheets called “model” and “queries”.
/// </summary>
internal sealed class FindDialect
{
    private const int Needed = 2;
    private const int TypeWeight = 5;
    private const int ShownMarks = 3;

    private readonly Dictionary<FormDialect, int> _points = [];
    private readonly List<(FormDialect Dialect, string Text, SourceCell? Cell)> _marks = [];
    private readonly HashSet<FormDialect> _told = [];
    private readonly HashSet<FormDialect> _sure = [];
    private bool _hasTypes;

    private FindDialect()
    {
    }

    /// <summary>Finds the dialect of a workbook; null when it is XLSForm as far as the marks tell.</summary>
    public static FoundDialect? In(Workbook workbook)
    {
        var find = new FindDialect();
        foreach (var sheet in workbook.Sheets)
        {
            find.Look(sheet, workbook.Sheets.Count);
        }

        if (find._points.Count == 0)
        {
            return null;
        }

        var (dialect, points) = find._points.MaxBy(pair => pair.Value);
        var marks = find._marks.Where(mark => mark.Dialect == dialect).ToList();
        return points < Needed || !find._told.Contains(dialect)
            ? null
            : new FoundDialect(
                dialect,
                [.. marks.Select(mark => mark.Text).Take(ShownMarks)],
                marks.Select(mark => mark.Cell).FirstOrDefault(cell => cell is not null),
                find._sure.Contains(dialect) || !find._hasTypes);
    }

    private void Look(Sheet sheet, int sheets)
    {
        switch (sheet.Name.ToLowerInvariant())
        {
            case "survey":
                LookAtSurvey(sheet);
                break;
            case "choices":
                LookAtHeader(sheet, DialectMarks.OfChoicesColumn);
                break;
            case "settings":
                LookAtSettings(sheet);
                break;
            default:
                Mark(DialectMarks.OfSheet(sheet.Name), 1, $"the sheet “{sheet.Name}”", null, DialectMarks.IsCommonWord(sheet.Name));
                if (sheets == 1)
                {
                    LookAtSurvey(sheet);
                }

                break;
        }
    }

    private void LookAtSurvey(Sheet sheet)
    {
        var types = ColumnOf(sheet, "type");
        var names = ColumnOf(sheet, "name");
        var appearances = ColumnOf(sheet, "appearance");
        var lists = ColumnOf(sheet, "values_list");
        _hasTypes |= types >= 0;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var row in sheet.Rows)
        {
            // Types are few and repeat: each is looked up once.
            if (Cell(row, types) is { } type && seen.Add(type))
            {
                Mark(
                    DialectMarks.OfType(type), TypeWeight, $"the type “{type}” in row {row.Number}", new SourceCell("survey", row.Number, "type"));
            }

            if (Cell(row, types) is "select_one" or "select_multiple" && Cell(row, lists) is { } list && seen.Add("values_list"))
            {
                Mark(
                    FormDialect.OdkX,
                    TypeWeight,
                    $"the list “{list}” beside the type in row {row.Number}",
                    new SourceCell("survey", row.Number, "values_list"));
            }

            if (Cell(row, appearances) is { } appearance && IsContactPicker(appearance) && seen.Add("appearance"))
            {
                Mark(
                    FormDialect.Cht,
                    TypeWeight,
                    $"the appearance “{appearance}” in row {row.Number}",
                    new SourceCell("survey", row.Number, "appearance"));
            }

            if (Cell(row, names) == "inputs" && seen.Add("inputs"))
            {
                Mark(FormDialect.Cht, 1, $"the group “inputs” in row {row.Number}", new SourceCell("survey", row.Number, "name"));
            }
        }

        LookAtHeader(sheet, DialectMarks.OfSurveyColumn);
        if (sheet.Rows.Any(row => Array.IndexOf(row.Cells, "NO_LABEL") >= 0))
        {
            Mark(FormDialect.Cht, 1, "the label “NO_LABEL”", null);
        }
    }

    private void LookAtSettings(Sheet sheet)
    {
        LookAtHeader(sheet, header => header == "setting_name" ? FormDialect.OdkX : null);
        var id = sheet.Rows.Count > 0 ? Cell(sheet.Rows[0], ColumnOf(sheet, "form_id")) : null;
        if (id?.StartsWith("contact:", StringComparison.Ordinal) == true)
        {
            Mark(FormDialect.Cht, Needed, $"the form's id “{id}”", new SourceCell("settings", sheet.Rows[0].Number, "form_id"));
        }
    }

    private void LookAtHeader(Sheet sheet, Func<string, FormDialect?> find)
    {
        foreach (var header in sheet.Header)
        {
            if (header is not null)
            {
                Mark(
                    find(header),
                    1,
                    $"the column “{header}”",
                    new SourceCell(sheet.Name.ToLowerInvariant(), 1, header),
                    DialectMarks.IsCommonWord(header));
            }
        }
    }

    private void Mark(FormDialect? dialect, int points, string text, SourceCell? cell, bool isCommon = false)
    {
        if (dialect is not null)
        {
            if (!isCommon)
            {
                _told.Add(dialect);
            }

            if (points == TypeWeight)
            {
                _sure.Add(dialect);
            }

            _points[dialect] = _points.GetValueOrDefault(dialect) + points;
            _marks.Add((dialect, text, cell));
        }
    }

    private static bool IsContactPicker(string appearance) =>
        appearance.Contains("db-object", StringComparison.Ordinal) || appearance.Contains("select-contact", StringComparison.Ordinal);

    private static int ColumnOf(Sheet sheet, string header)
    {
        for (var i = 0; i < sheet.Header.Count; i++)
        {
            if (string.Equals(sheet.Header[i], header, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        return -1;
    }

    private static string? Cell(SheetRow row, int column) => column >= 0 && column < row.Cells.Length ? row.Cells[column] : null;
}
