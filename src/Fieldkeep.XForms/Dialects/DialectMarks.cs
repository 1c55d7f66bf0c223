using System.Collections.Frozen;

namespace Fieldkeep.XForms.Dialects;

/// <summary>Tells which dialect a sheet, a column or a type belongs to. No mark here is a word of XLSForm.</summary>
internal static class DialectMarks
{
    private static readonly FrozenDictionary<string, FormDialect> Sheets = Table(
        (FormDialect.SurveyCto, ["help-survey", "help-choices", "help-settings"]),
        (FormDialect.OdkX, ["framework", "initial", "queries", "model", "prompt_types", "column_types", "table_specific_translations"]));

    private static readonly FrozenDictionary<string, FormDialect> SurveyColumns = Table(
        (FormDialect.SurveyCto, ["response_note", "publishable", "minimum_seconds"]),
        (FormDialect.OdkX,
            ["clause", "condition", "values_list", "branch_label", "display.prompt", "display.prompt.text", "display.text",
                "display.hint", "display.hint.text", "display.title.text", "display.constraint_message.text", "model.issessionvariable"]),
        (FormDialect.Kobo,
            ["$kuid", "kuid", "$autoname", "kobo--score-choices", "kobo--rank-items", "kobo--rank-constraint-message",
                "kobo--matrix_list", "kobo--locking-profile"]),
        (FormDialect.Cht, ["instance::db-doc", "instance::db-doc-ref", "cht::notes"]));

    private static readonly FrozenDictionary<string, FormDialect> ChoicesColumns = Table(
        (FormDialect.OdkX, ["choice_list_name", "data_value", "display.title", "display.title.text"]));

    private static readonly FrozenDictionary<string, FormDialect> FirstWords = Table(
        (FormDialect.SurveyCto, ["caseid", "calculate_here", "sensor_statistic", "sensor_stream", "comments", "enumerator"]),
        (FormDialect.Cht, ["tel"]),
        (FormDialect.OdkX,
            ["assign", "linked_table", "select_one_dropdown", "select_one_inline", "select_one_grid", "select_one_with_other",
                "select_one_integer", "select_multiple_inline", "select_multiple_grid", "user_branch", "async_assign_count",
                "async_assign_single_string", "async_assign_max", "async_assign_min", "async_assign_avg", "async_assign_sum"]),
        (FormDialect.Kobo,
            ["begin_score", "score__row", "end_score", "begin_rank", "rank__level", "end_rank", "begin_kobomatrix", "end_kobomatrix"]));

    private static readonly FrozenDictionary<string, FormDialect> WholeTypes = Table(
        (FormDialect.SurveyCto,
            ["text audit", "audio audit", "speed violations count", "speed violations list", "speed violations audit"]));

    /// <summary>Sheets and columns of ODK-X that others name so for themselves: they tell something only beside a mark of another name.</summary>
    private static readonly FrozenSet<string> CommonWords =
        FrozenSet.ToFrozenSet(["framework", "initial", "queries", "model", "clause", "condition"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Says whether anyone may have a sheet or a column of this name.</summary>
    public static bool IsCommonWord(string name) => CommonWords.Contains(name);

    /// <summary>Finds whose sheet this is; null for XLSForm's own and unknown ones.</summary>
    public static FormDialect? OfSheet(string name) => Sheets.GetValueOrDefault(name.ToLowerInvariant());

    /// <summary>Finds whose column of the survey sheet this is; null for XLSForm's own and unknown ones.</summary>
    public static FormDialect? OfSurveyColumn(string header) => SurveyColumns.GetValueOrDefault(header.ToLowerInvariant());

    /// <summary>Finds whose column of the choices sheet this is; null for XLSForm's own and unknown ones.</summary>
    public static FormDialect? OfChoicesColumn(string header) => ChoicesColumns.GetValueOrDefault(header.ToLowerInvariant());

    /// <summary>Finds whose type this is; null for XLSForm's own and unknown ones.</summary>
    public static FormDialect? OfType(string type)
    {
        var space = type.IndexOf(' ', StringComparison.Ordinal);
        return type.StartsWith("db:", StringComparison.Ordinal)
            ? FormDialect.Cht
            : WholeTypes.GetValueOrDefault(type) ?? FirstWords.GetValueOrDefault(space < 0 ? type : type[..space]);
    }

    private static FrozenDictionary<string, FormDialect> Table(params (FormDialect Dialect, string[] Words)[] groups) =>
        groups.SelectMany(group => group.Words.Select(word => KeyValuePair.Create(word, group.Dialect)))
            .ToFrozenDictionary(StringComparer.Ordinal);
}
