namespace Fieldkeep.XForms.XlsForm;

/// <summary>Says how many choices may be taken and where choices come from.</summary>
internal enum SelectKind
{
    /// <summary>One choice.</summary>
    One,

    /// <summary>Any number of choices.</summary>
    Multiple,

    /// <summary>All choices, in the order of preference.</summary>
    Rank,

    /// <summary>One choice from itemsets.csv.</summary>
    External,
}

/// <summary>Holds a select type taken apart: <c>COMMAND LIST [or_other]</c>.</summary>
internal sealed record SelectCommand(SelectKind Kind, bool IsFromFile, string List, bool HasOther)
{
    private static readonly (string Text, SelectKind Kind, bool IsFromFile)[] Commands =
    [
        ("add select multiple prompt using", SelectKind.Multiple, false),
        ("add select one prompt using", SelectKind.One, false),
        ("select all that apply from", SelectKind.Multiple, false),
        ("select all that apply", SelectKind.Multiple, false),
        ("select_multiple_from_file", SelectKind.Multiple, true),
        ("select multiple from file", SelectKind.Multiple, true),
        ("select_one_from_file", SelectKind.One, true),
        ("select one from file", SelectKind.One, true),
        ("select_one_external", SelectKind.External, false),
        ("select_multiple", SelectKind.Multiple, false),
        ("select one from", SelectKind.One, false),
        ("select_one", SelectKind.One, false),
        ("select one", SelectKind.One, false),
        ("select1", SelectKind.One, false),
        ("rank", SelectKind.Rank, false),
    ];

    private static readonly string[] Others = [" or specify other", " or_other", " or other"];

    /// <summary>The spellings to suggest for a mistyped select.</summary>
    public static IEnumerable<string> Spellings => ["select_one", "select_multiple", "rank"];

    /// <summary>The question type behind the command.</summary>
    public QuestionType Type => Kind switch
    {
        SelectKind.One => QuestionTypes.SelectOne,
        SelectKind.Multiple => QuestionTypes.SelectMultiple,
        SelectKind.Rank => QuestionTypes.Rank,
        _ => QuestionTypes.SelectOneExternal,
    };

    /// <summary>Takes a type apart; null when it is no select.</summary>
    public static SelectCommand? Parse(string type)
    {
        foreach (var (text, kind, isFromFile) in Commands)
        {
            if (type.Length <= text.Length + 1 || type[text.Length] != ' '
                || !type.StartsWith(text, StringComparison.Ordinal))
            {
                continue;
            }

            var rest = type[(text.Length + 1)..];
            var other = Array.Find(Others, suffix => rest.EndsWith(suffix, StringComparison.Ordinal));
            var list = other is null ? rest : rest[..^other.Length];
            if (list.Length > 0 && !list.Any(char.IsWhiteSpace))
            {
                return new SelectCommand(kind, isFromFile, list, other is not null);
            }
        }

        return null;
    }
}
