using Fieldkeep.XForms.Diagnostics;

namespace Fieldkeep.XForms.XlsForm;

/// <summary>Reads the settings sheet: its first data row counts.</summary>
internal static class SettingsReader
{
    /// <summary>Reads the settings over their defaults; an absent sheet leaves them as they are.</summary>
    public static void Read(SheetTable? table, FormSettings settings, DiagnosticList diagnostics)
    {
        if (table is { Rows.Count: > 0 })
        {
            ReadRow(settings, table, diagnostics);
        }
    }

    private static void ReadRow(FormSettings settings, SheetTable table, DiagnosticList diagnostics)
    {
        var row = table.Rows[0];
        var hasIdString = table.Sheet.Header.Contains("id_string");
        var hasFormId = table.Sheet.Header.Contains("form_id");
        foreach (var (column, value) in table.Values(row))
        {
            Set(settings, column.Path, value);
        }

        if (hasIdString && hasFormId)
        {
            diagnostics.Warning(
                DiagnosticCode.FormIdAndIdString,
                "The settings have both form_id and id_string. form_id is used; remove the column id_string.",
                table.At(1, "id_string"));
        }

        settings.FormId = settings["id_string"] ?? settings.FormId;
        settings.DefaultLanguage = settings["default_language"] ?? settings.DefaultLanguage;
        if (settings["name"] is { } name)
        {
            if (FormNamespaces.IsElementName(name, FormNamespaces.Prefixes(settings)))
            {
                settings.RootName = name;
            }
            else
            {
                diagnostics.Error(
                    DiagnosticCode.InvalidName,
                    $"The setting “name” is “{name}”, which cannot be a name. Start it with a letter or _ and use only " +
                    "letters, digits, _, - and . after that; no spaces.",
                    table.At(1, "name"));
            }
        }

        if (settings["public_key"] is not null && settings.IsYes("omit_instanceID"))
        {
            diagnostics.Error(
                DiagnosticCode.OmitInstanceIdEncrypted,
                "An encrypted form needs its instanceID. Remove omit_instanceID or public_key from the settings.",
                table.At(row.Number, "omit_instanceID"));
        }
    }

    private static void Set(FormSettings settings, string[] path, string value)
    {
        switch (path)
        {
            case ["attribute", var name]:
                settings.RootAttributes.Add(KeyValuePair.Create(name, value));
                break;
            case ["instance", var name]:
                settings.InstanceAttributes.Add(KeyValuePair.Create(name, value));
                break;
            case [var name]:
                settings[name] = value;
                break;
            default:
                break;
        }
    }
}
