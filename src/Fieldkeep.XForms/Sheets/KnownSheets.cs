using System.Collections.Frozen;

namespace Fieldkeep.XForms.Sheets;

/// <summary>Tells the sheets of an XLSForm, whose content is read, from notes, of which only the name is kept.</summary>
internal static class KnownSheets
{
    private static readonly FrozenSet<string> Names = FrozenSet.ToFrozenSet(
        ["survey", "choices", "settings", "external_choices", "osm", "entities"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a sheet is read; the only sheet of a workbook always is.</summary>
    public static bool Contains(string name, int sheets) => sheets == 1 || Names.Contains(name);
}
