using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Sheets;

namespace Fieldkeep.XForms.XlsForm;

/// <summary>Reads a workbook's known sheets into an <see cref="XlsFormDocument"/>.</summary>
internal static class XlsFormReader
{
    private static readonly string[] KnownSheets =
        ["survey", "choices", "settings", "external_choices", "osm", "entities"];

    /// <summary>
    /// Reads the document, its settings over the defaults given; null when there is no survey sheet to speak of.
    /// </summary>
    public static XlsFormDocument? Read(Workbook workbook, FormSettings settings, DiagnosticList diagnostics)
    {
        var sheets = FindSheets(workbook);
        if (IsTooLong(sheets, diagnostics))
        {
            return null;
        }

        var sheetNames = workbook.Sheets.Select(sheet => sheet.Name).ToList();
        var settingsTable = Table(sheets, "settings", ColumnNames.Settings, diagnostics);
        SettingsReader.Read(settingsTable, settings, diagnostics);
        WarnAboutSpelling(sheetNames, sheets, diagnostics);
        if (!sheets.TryGetValue("survey", out var surveySheet)
            || (surveySheet.Rows.Count == 0 && surveySheet.Header.Count == 0))
        {
            var near = SimilarSheet("survey", sheetNames);
            diagnostics.Error(
                DiagnosticCode.SurveySheetMissing,
                "The workbook has no sheet “survey” with rows. Name the sheet that lists the questions “survey”."
                + (near is null ? "" : $" Is “{near}” meant to be it?"),
                suggestion: near is null ? null : "survey");
            return null;
        }

        if (!HasUsableHeader(surveySheet, diagnostics))
        {
            return null;
        }

        var survey = SheetTable.Read(surveySheet, "survey", ColumnNames.Survey, diagnostics);
        if (!survey.Has("type"))
        {
            foreach (var row in survey.Rows)
            {
                CheckWidth(survey, row, diagnostics);
            }

            var meant = survey.Columns.FirstOrDefault(column => CheckHeaders.FindMeant(survey, column) == "type");
            diagnostics.Error(
                DiagnosticCode.RequiredHeaderMissing,
                "The survey sheet has no column “type”. Add it and give every question a type."
                + (meant is null ? "" : $" Is “{meant.Header}” meant to be it?"),
                survey.At(1, meant?.Header),
                meant is null ? null : "type");
            return null;
        }

        var choices = Table(sheets, "choices", ColumnNames.Choices, diagnostics);
        var external = Table(sheets, "external_choices", ColumnNames.Choices, diagnostics);
        var entities = Table(sheets, "entities", ColumnNames.Entities, diagnostics);
        var osm = Table(sheets, "osm", ColumnNames.Choices, diagnostics);
        foreach (var table in (SheetTable?[])[settingsTable, survey, choices, external, entities, osm])
        {
            CheckCharacters.Run(table, diagnostics);
        }

        foreach (var table in (SheetTable?[])[survey, choices, settingsTable])
        {
            CheckHeaders.Run(table, diagnostics);
        }

        return new XlsFormDocument
        {
            Settings = settings,
            SettingsTable = settingsTable,
            Survey = survey,
            Rows = ReadSurvey(survey, settings, diagnostics),
            ChoicesTable = choices,
            Lists = ChoicesReader.Read(choices, settings, diagnostics),
            ExternalTable = external,
            ExternalLists = ReadExternalLists(external),
            OsmLists = ChoicesReader.ReadOsm(osm, settings),
            EntitiesTable = entities,
            SheetNames = sheetNames,
        };
    }

    /// <summary>Finds a sheet whose name is nearly a known one and that is not another known sheet.</summary>
    public static string? SimilarSheet(string known, IEnumerable<string> sheetNames) =>
        sheetNames.FirstOrDefault(name =>
            !KnownSheets.Contains(name.ToLowerInvariant(), StringComparer.Ordinal)
            && !name.StartsWith('_')
            && Spelling.Distance(known, name.ToLowerInvariant(), 3) <= 2);

    private static bool IsTooLong(Dictionary<string, Sheet> sheets, DiagnosticList diagnostics)
    {
        var isTooLong = false;
        foreach (var (name, sheet) in sheets)
        {
            var limit = name == "survey" ? FormLimits.SurveyRows : FormLimits.OtherRows;
            if (sheet.Rows.Count > limit)
            {
                isTooLong = true;
                diagnostics.Error(
                    DiagnosticCode.LimitExceeded,
                    $"The sheet “{name}” has {sheet.Rows.Count} rows, more than {limit}. Move long lists into attached CSV files.",
                    new SourceCell(name, limit + 1));
            }
        }

        return isTooLong;
    }

    private static Dictionary<string, Sheet> FindSheets(Workbook workbook)
    {
        var sheets = new Dictionary<string, Sheet>(StringComparer.Ordinal);
        foreach (var sheet in workbook.Sheets)
        {
            sheets.TryAdd(sheet.Name.ToLowerInvariant(), sheet);
        }

        if (workbook.Sheets.Count == 1 && !sheets.ContainsKey("survey"))
        {
            return new Dictionary<string, Sheet>(StringComparer.Ordinal) { ["survey"] = workbook.Sheets[0] };
        }

        return sheets;
    }

    private static SheetTable? Table(
        Dictionary<string, Sheet> sheets, string name, ColumnNames names, DiagnosticList diagnostics) =>
        sheets.TryGetValue(name, out var sheet) ? SheetTable.Read(sheet, name, names, diagnostics) : null;

    private static void WarnAboutSpelling(
        List<string> sheetNames, Dictionary<string, Sheet> sheets, DiagnosticList diagnostics)
    {
        foreach (var optional in (string[])["settings", "entities"])
        {
            if (!sheets.ContainsKey(optional) && SimilarSheet(optional, sheetNames) is { } similar)
            {
                diagnostics.Warning(
                    DiagnosticCode.SheetSpelling,
                    $"The sheet “{similar}” is ignored. If it holds the {optional}, name it “{optional}”; if it is meant " +
                    "to be ignored, start its name with _.",
                    new SourceCell(similar),
                    optional);
            }
        }
    }

    private static bool HasUsableHeader(Sheet survey, DiagnosticList diagnostics)
    {
        if (survey.Header.Any(header => header is not null))
        {
            return true;
        }

        diagnostics.Error(
            DiagnosticCode.HeaderRowMissing,
            "The first row of the survey sheet is empty. Write the column names there: type, name, label, …",
            new SourceCell("survey", 1));
        return false;
    }

    private static List<SurveyRow> ReadSurvey(SheetTable table, FormSettings settings, DiagnosticList diagnostics)
    {
        var isCleaned = !YesNo.IsNo(settings["clean_text_values"]);
        var refused = new HashSet<Column>();
        var rows = new List<SurveyRow>(table.Rows.Count);
        foreach (var sheetRow in table.Rows)
        {
            CheckWidth(table, sheetRow, diagnostics);
            var row = new SurveyRow { Number = sheetRow.Number };
            foreach (var (column, value) in table.Values(sheetRow))
            {
                var text = isCleaned ? CollapseSpaces(value) : value;
                if (!row.Add(column.Path, text, settings.DefaultLanguage) && refused.Add(column))
                {
                    diagnostics.Error(
                        DiagnosticCode.HeaderTooManyParts,
                        $"The column “{column.Header}” of survey has too many parts. Write {column.Root}::language.",
                        table.At(1, column.Header));
                }
            }

            rows.Add(row);
        }

        return rows;
    }

    /// <summary>Reports a cell right of the last header; only text formats keep such cells.</summary>
    private static void CheckWidth(SheetTable table, SheetRow row, DiagnosticList diagnostics)
    {
        for (var i = table.Sheet.Header.Count; i < row.Cells.Length; i++)
        {
            if (row.Cells[i] is { } cell)
            {
                diagnostics.Error(
                    DiagnosticCode.HeaderRowMissing,
                    $"The value “{cell}” stands in a column without a name. Name the column in the first row, or delete the value.",
                    table.At(row.Number));
            }
        }
    }

    private static HashSet<string> ReadExternalLists(SheetTable? table)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var row in table?.Rows ?? [])
        {
            // table is not null here: without it there are no rows.
            foreach (var (column, value) in table!.Values(row))
            {
                if (column.Root == "list name")
                {
                    names.Add(value);
                }
            }
        }

        return names;
    }

    private static string CollapseSpaces(string value)
    {
        var text = value.Trim();
        while (text.Contains("  ", StringComparison.Ordinal))
        {
            text = text.Replace("  ", " ", StringComparison.Ordinal);
        }

        return text;
    }
}
