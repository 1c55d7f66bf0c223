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

    /// <summary>What authors write who know other tools or spreadsheets, and what does the same here with the same arguments.</summary>
    private static readonly FrozenDictionary<string, string> Instead = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["len"] = "string-length",
        ["length"] = "string-length",
        ["iif"] = "if",
        ["ifelse"] = "if",
        ["concatenate"] = "concat",
        ["power"] = "pow",
        ["decimal"] = "number",
        ["integer"] = "int",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>What no other name replaces: the word alone would compute something else.</summary>
    private static readonly FrozenDictionary<string, string> Otherwise = new (string Names, string Advice)[]
    {
        ("average avg mean", "Write sum(…) div count(…)."),
        ("isnull is-null isempty is-empty isblank is-blank", "Write ${question} = '' to ask whether nothing is answered."),
        ("replace", "translate(…) only replaces single characters; nothing replaces words."),
        ("mid", "Write substr(text, from, to): it counts from 0 and ends before “to”."),
        ("choice-label choice-name jr:choice-label", "Write jr:choice-name(value, '${question}'), with the question second and in quotes."),
        ("item-at", "Write selected-at(${question}, number) for answers of a select_multiple."),
        ("count-items", "Write count-selected(${question}) for answers of a select_multiple."),
        ("index", "Write position(..) for the number of this round of the repeat."),
    }.SelectMany(line => line.Names.Split(' ').Select(name => KeyValuePair.Create(name, line.Advice)))
        .ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The names of all functions.</summary>
    public static IReadOnlyCollection<string> Names { get; } = Known.Keys;

    /// <summary>Finds how many arguments a function takes; null when no client knows the function.</summary>
    public static (int Fewest, int Most)? Find(string name) => Known.TryGetValue(name, out var count) ? count : null;

    /// <summary>Finds the function that does the same as one of another tool; null when none is known to.</summary>
    public static string? FindInstead(string name) => Instead.GetValueOrDefault(name);

    /// <summary>Finds how to write, as a sentence, what another tool has a function for; null when nothing is known.</summary>
    public static string? FindOtherwise(string name) => Otherwise.GetValueOrDefault(name);
}
