using System.Collections.Frozen;

namespace Fieldkeep.XForms.Advice;

/// <summary>
/// Lists the functions that ODK Collect (JavaRosa) or Enketo know, with the number of arguments they take. Where the two
/// differ, whatever one of them accepts is accepted.
/// </summary>
internal static class XPathFunctions
{
    private const int Any = int.MaxValue;

    private static readonly FrozenDictionary<string, (int Fewest, int Most)> Known = new (string Names, int Fewest, int Most)[]
    {
        ("true false pi random today now last version current here comment-status", 0, 0),
        ("position uuid string number string-length normalize-space name local-name namespace-uri", 0, 1),
        ("boolean int not boolean-from-string abs acos asin atan cos exp exp10 log log10 sin sqrt tan", 1, 1),
        ("date date-time decimal-date-time decimal-time count-selected count count-non-empty sum once property", 1, 1),
        ("floor ceiling id lang instance jr:itext base64-decode area enclosed-area intersects", 1, 1),
        ("round randomize", 1, 2),
        ("format-date format-date-time selected is-selected selected-at regex atan2 pow coalesce", 2, 2),
        ("contains starts-with ends-with substring-before substring-after geofence extract-signed jr:choice-name", 2, 2),
        ("substr substring digest", 2, 3),
        ("if translate", 3, 3),
        ("pulldata", 4, 4),
        ("indexed-repeat", 3, 11),
        ("max min concat distance join depend", 1, Any),
        ("checklist weighted-checklist", 2, Any),
    }.SelectMany(line => line.Names.Split(' ').Select(name => (name, line.Fewest, line.Most)))
        .ToFrozenDictionary(one => one.name, one => (one.Fewest, one.Most), StringComparer.Ordinal);

    /// <summary>What authors write who know other tools or spreadsheets, and what does the same here.</summary>
    private static readonly FrozenDictionary<string, string> Instead = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["choice-label"] = "jr:choice-name",
        ["choice-name"] = "jr:choice-name",
        ["jr:choice-label"] = "jr:choice-name",
        ["len"] = "string-length",
        ["length"] = "string-length",
        ["mid"] = "substr",
        ["average"] = "sum",
        ["iif"] = "if",
        ["ifelse"] = "if",
        ["isnull"] = "string-length",
        ["is-null"] = "string-length",
        ["concatenate"] = "concat",
        ["power"] = "pow",
        ["item-at"] = "selected-at",
        ["index"] = "position",
        ["decimal"] = "number",
        ["integer"] = "int",
        ["count-items"] = "count-selected",
        ["replace"] = "translate",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The names of all functions.</summary>
    public static IEnumerable<string> Names => Known.Keys;

    /// <summary>Finds how many arguments a function takes; null when no client knows the function.</summary>
    public static (int Fewest, int Most)? Find(string name) => Known.TryGetValue(name, out var count) ? count : null;

    /// <summary>Finds what does the same as a function of another tool; null when nothing is known to.</summary>
    public static string? FindInstead(string name) => Instead.GetValueOrDefault(name);
}
