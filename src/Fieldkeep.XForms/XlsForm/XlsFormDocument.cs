using Fieldkeep.XForms.Sheets;

namespace Fieldkeep.XForms.XlsForm;

/// <summary>Holds everything an XLSForm says, read sheet by sheet and not yet checked against each other.</summary>
internal sealed class XlsFormDocument
{
    /// <summary>The form's settings.</summary>
    public required FormSettings Settings { get; init; }

    /// <summary>The settings sheet; null when absent.</summary>
    public SheetTable? SettingsTable { get; init; }

    /// <summary>The survey sheet.</summary>
    public required SheetTable Survey { get; init; }

    /// <summary>Rows of the survey sheet in order; empty rows included.</summary>
    public required IReadOnlyList<SurveyRow> Rows { get; init; }

    /// <summary>The choices sheet; null when absent.</summary>
    public SheetTable? ChoicesTable { get; init; }

    /// <summary>Choice lists by name, in sheet order.</summary>
    public required OrderedDictionary<string, ChoiceList> Lists { get; init; }

    /// <summary>The external_choices sheet; null when absent.</summary>
    public SheetTable? ExternalTable { get; init; }

    /// <summary>Names of the lists of the external_choices sheet.</summary>
    public required IReadOnlySet<string> ExternalLists { get; init; }

    /// <summary>Tags of the osm sheet by list name.</summary>
    public required OrderedDictionary<string, ChoiceList> OsmLists { get; init; }

    /// <summary>The entities sheet; null when absent.</summary>
    public SheetTable? EntitiesTable { get; init; }

    /// <summary>Names of all sheets of the workbook, for spelling suggestions.</summary>
    public required IReadOnlyList<string> SheetNames { get; init; }

    /// <summary>Reads the cells of a row by first path part; null when a cell is empty.</summary>
    public static Dictionary<string, string> ByRoot(SheetTable table, SheetRow row)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (column, value) in table.Values(row))
        {
            values.TryAdd(column.Path.Length == 1 ? column.Root : string.Join("::", column.Path), value);
        }

        return values;
    }
}
