using System.Collections.Frozen;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Sheets;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.XlsForm;

/// <summary>Reads the choices and osm sheets into lists.</summary>
internal static class ChoicesReader
{
    /// <summary>What other tools, and authors used to their data, call the column of the choices' names.</summary>
    private static readonly FrozenSet<string> OtherNameHeaders =
        FrozenSet.ToFrozenSet(["data_value", "names", "code", "choice", "choice_name", "choice name", "id", "key"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads all lists of the choices sheet and checks names, labels and duplicates.</summary>
    public static OrderedDictionary<string, ChoiceList> Read(
        SheetTable? table, FormSettings settings, DiagnosticList diagnostics)
    {
        var lists = new OrderedDictionary<string, ChoiceList>(StringComparer.Ordinal);
        if (table is null)
        {
            return lists;
        }

        var columns = UsableColumns(table, diagnostics);
        var nameHeader = table.Columns.Select(column => column.Header).FirstOrDefault(OtherNameHeaders.Contains)
            ?? table.Columns.FirstOrDefault(column => CheckHeaders.FindMeant(table, column) == "name")?.Header;
        if (table.Rows.Count > 0 && !table.Has("name"))
        {
            diagnostics.Error(
                DiagnosticCode.RequiredHeaderMissing,
                "The choices sheet has no column “name”. Add it and give every choice a name."
                + (nameHeader is null ? "" : $" Is “{nameHeader}” meant to be it?"),
                table.At(1),
                nameHeader is null ? null : "name");
            return lists;
        }

        foreach (var row in table.Rows)
        {
            ReadRow(lists, table, row, columns, settings.DefaultLanguage);
        }

        foreach (var list in lists.Values)
        {
            Check(list, table, settings, diagnostics);
        }

        return lists;
    }

    /// <summary>Reads the tags of the osm sheet by list name; nothing about them is checked.</summary>
    public static OrderedDictionary<string, ChoiceList> ReadOsm(SheetTable? table, FormSettings settings)
    {
        var lists = new OrderedDictionary<string, ChoiceList>(StringComparer.Ordinal);
        foreach (var row in table?.Rows ?? [])
        {
            // table is not null here: without it there are no rows.
            ReadRow(lists, table!, row, [.. table!.Columns], settings.DefaultLanguage);
        }

        return lists;
    }

    private static HashSet<Column> UsableColumns(SheetTable table, DiagnosticList diagnostics)
    {
        var usable = new HashSet<Column>();
        foreach (var column in table.Columns)
        {
            if (column.Header.Contains(' ', StringComparison.Ordinal)
                && column.Root != "list name" && column.Path.Length == 1 && column.Root == column.Header)
            {
                diagnostics.Warning(
                    DiagnosticCode.ChoicesHeaderDropped,
                    $"The column “{column.Header}” of choices has a space in its name and is left out. Write it with _.",
                    table.At(1, column.Header));
            }
            else if (column.Root is "label" && column.Path.Length > 2 || column.Root is "media" && column.Path.Length > 3)
            {
                diagnostics.Error(
                    DiagnosticCode.HeaderTooManyParts,
                    $"The column “{column.Header}” of choices has too many parts. Write label::language.",
                    table.At(1, column.Header));
            }
            else if (column.Root is "label" or "media" or "list name" or "name")
            {
                usable.Add(column);
            }
            else if (column.Path.Length > 1 || !XmlNames.IsNcName(column.Root))
            {
                diagnostics.Warning(
                    DiagnosticCode.ChoiceColumnDropped,
                    $"The column “{column.Header}” of choices cannot be used under this name and is left out. Start its name " +
                    "with a letter or _ and use only letters, digits, _, - and . after that.",
                    table.At(1, column.Header));
            }
            else
            {
                usable.Add(column);
            }
        }

        return usable;
    }

    private static void ReadRow(
        OrderedDictionary<string, ChoiceList> lists,
        SheetTable table,
        SheetRow row,
        HashSet<Column> columns,
        string defaultLanguage)
    {
        var choice = new Choice { Row = row.Number };
        string? listName = null;
        foreach (var (column, value) in table.Values(row))
        {
            if (!columns.Contains(column))
            {
                continue;
            }

            switch (column.Path)
            {
                case ["list name"]:
                    listName = value;
                    break;
                case ["name"]:
                    choice.Name = value;
                    break;
                case ["label", .. var language]:
                    (choice.Label ??= new LocalText()).Add(language.FirstOrDefault(), value, defaultLanguage);
                    break;
                case ["media", var kind, .. var language]:
                    AddMedia(choice, kind, language.FirstOrDefault(), value, defaultLanguage);
                    break;
                case [var extra]:
                    choice.Extra.Add(KeyValuePair.Create(extra, value));
                    break;
                default:
                    break;
            }
        }

        if (listName is null)
        {
            return;
        }

        if (!lists.TryGetValue(listName, out var list))
        {
            lists.Add(listName, list = new ChoiceList(listName));
        }

        list.Add(choice);
    }

    private static void AddMedia(Choice choice, string kind, string? language, string value, string defaultLanguage)
    {
        var index = choice.Media.FindIndex(media => media.Key == kind);
        if (index < 0)
        {
            choice.Media.Add(KeyValuePair.Create(kind, new LocalText()));
            index = choice.Media.Count - 1;
        }

        choice.Media[index].Value.Add(language, value, defaultLanguage);
    }

    private static void Check(ChoiceList list, SheetTable table, FormSettings settings, DiagnosticList diagnostics)
    {
        var rows = new Dictionary<string, int>(StringComparer.Ordinal);
        var mayRepeat = settings.IsYes("allow_choice_duplicates");
        foreach (var choice in list.Choices)
        {
            if (choice.Name.Length == 0)
            {
                diagnostics.Error(
                    DiagnosticCode.ChoiceWithoutName,
                    $"A choice of the list “{list.Name}” has no name. Write one in the column “name”.",
                    table.At(choice.Row, "name"));
            }
            else if (!rows.TryAdd(choice.Name, choice.Row) && !mayRepeat)
            {
                diagnostics.Error(
                    DiagnosticCode.DuplicateChoiceName,
                    $"The list “{list.Name}” has the name “{choice.Name}” in row {rows[choice.Name]} already: answers would not tell which of the " +
                    "two was meant. Rename or delete one; or, if this is on purpose, write yes in a column allow_choice_duplicates of the " +
                    "sheet “settings”.",
                    table.At(choice.Row, "name"));
            }

            if (choice.Label is null)
            {
                diagnostics.Warning(
                    DiagnosticCode.ChoiceWithoutLabel,
                    $"The choice “{choice.Name}” of the list “{list.Name}” has no label. Write one.",
                    table.At(choice.Row, "label"));
            }
        }
    }
}
