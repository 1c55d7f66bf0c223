namespace Fieldkeep.XForms.XPath;

/// <summary>Finds expressions such as <c>instance('x')/root/item[…]/label</c> inside texts.</summary>
internal static class InstanceExpressions
{
    /// <summary>Lists the expressions of a text as start and end.</summary>
    public static IReadOnlyList<(int Start, int End)> Find(string text)
    {
        if (!text.Contains("instance(", StringComparison.Ordinal))
        {
            return [];
        }

        var found = new List<(int Start, int End)>();
        var tokens = ExpressionLexer.Tokens(text).ToList();
        for (var i = 0; i + 3 < tokens.Count; i++)
        {
            if (!StartsAt(text, tokens, i))
            {
                continue;
            }

            var last = i + 3;
            var depth = 0;
            while (last < tokens.Count && (depth > 0 || tokens[last].Kind != ExpressionTokenKind.Space))
            {
                depth += tokens[last].Kind switch
                {
                    ExpressionTokenKind.PredicateStart => 1,
                    ExpressionTokenKind.PredicateEnd => -1,
                    _ => 0,
                };
                last++;
            }

            found.Add((tokens[i].Start, tokens[last - 1].End));
            i = last - 1;
        }

        return found;
    }

    private static bool StartsAt(string text, List<ExpressionToken> tokens, int at) =>
        tokens[at].Kind == ExpressionTokenKind.Function
        && text.AsSpan(tokens[at].Start, tokens[at].Length) is "instance("
        && tokens[at + 1].Kind == ExpressionTokenKind.Literal
        && tokens[at + 2].Kind == ExpressionTokenKind.CloseParenthesis
        && text[tokens[at + 3].Start] == '/';
}
