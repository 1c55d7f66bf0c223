namespace Fieldkeep.XForms.Compilation;

/// <summary>Holds a <c>begin …</c> or <c>end …</c> type taken apart.</summary>
/// <param name="IsBegin">True for a begin row.</param>
/// <param name="Keyword"><c>group</c>, <c>repeat</c> or <c>loop</c>.</param>
/// <param name="List">The list a loop runs over; null when none is named.</param>
internal readonly record struct ContainerRow(bool IsBegin, string Keyword, string? List)
{
    private static readonly (string Text, string Keyword)[] Keywords =
    [
        ("looped group", "repeat"), ("lgroup", "repeat"), ("repeat", "repeat"), ("group", "group"), ("loop", "loop"),
    ];

    /// <summary>The spellings to suggest for a mistyped row.</summary>
    public static IEnumerable<string> Spellings =>
        ["begin group", "end group", "begin repeat", "end repeat", "begin_group", "end_group", "begin_repeat",
            "end_repeat", "begin loop", "end loop"];

    /// <summary>Takes a type apart; null when it neither begins nor ends a container.</summary>
    public static ContainerRow? Parse(string type)
    {
        var isBegin = type.StartsWith("begin", StringComparison.Ordinal);
        var start = isBegin ? 5 : 3;
        if ((!isBegin && !type.StartsWith("end", StringComparison.Ordinal))
            || type.Length <= start || !(type[start] == '_' || char.IsWhiteSpace(type[start])))
        {
            return null;
        }

        var rest = type[(start + 1)..];
        foreach (var (text, keyword) in Keywords)
        {
            if (!rest.StartsWith(text, StringComparison.Ordinal))
            {
                continue;
            }

            var tail = rest[text.Length..];
            if (tail.Length == 0)
            {
                return new ContainerRow(isBegin, keyword, null);
            }

            var list = tail.StartsWith(" over ", StringComparison.Ordinal) ? tail[6..] : tail[1..];
            if (isBegin && tail[0] == ' ' && list.Length > 0 && !list.Any(char.IsWhiteSpace))
            {
                return new ContainerRow(isBegin, keyword, list);
            }
        }

        return null;
    }
}
