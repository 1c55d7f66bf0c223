using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.Export;

/// <summary>Holds one path in an expression: where it stands, whence it starts, and its steps.</summary>
/// <param name="Start">Index of its first character.</param>
/// <param name="End">Index after its last character.</param>
/// <param name="Up">Steps up from the node (<c>..</c>); -1 for a path from the root.</param>
/// <param name="Names">The names stepped down by, such as <c>data/group/q</c>.</param>
/// <param name="IsLastSaved">True for a path into the last saved instance.</param>
internal readonly record struct PathSpan(int Start, int End, int Up, string Names, bool IsLastSaved);

/// <summary>
/// Finds the paths in an expression that a reference could stand for: from the root, up and down from the node, and
/// into the last saved instance. Predicates end a path. What is found is only ever a guess: it is used where compiling
/// the reference gives the same expression again.
/// </summary>
internal static class PathSpans
{
    private const string LastSaved = "instance('__last-saved')";
    private const string Current = "current()/";

    /// <summary>Lists the paths in order; they do not overlap.</summary>
    public static List<PathSpan> Find(string text)
    {
        var found = new List<PathSpan>();
        var mayStart = true;
        for (var i = 0; i < text.Length;)
        {
            var rest = text.AsSpan(i);
            if (mayStart && At(text, i) is { } span)
            {
                found.Add(span);
                i = span.End;
                mayStart = false;
            }
            else if (rest[0] is '\'' or '"')
            {
                var close = text.IndexOf(rest[0], i + 1);
                i = close < 0 ? text.Length : close + 1;
                mayStart = false;
            }
            else if (XmlNames.NcNameLength(rest) is > 0 and var length)
            {
                var isOperator = !mayStart && rest[..length] is "and" or "or" or "div" or "mod";
                mayStart = isOperator && IsApart(text, i);
                i += length;
            }
            else
            {
                // After an operand or a step, a slash goes on with the path.
                mayStart = char.IsWhiteSpace(rest[0]) ? mayStart : rest[0] is not (')' or ']' or '.' or '/' or '@' or ':' or (>= '0' and <= '9'));
                i++;
            }
        }

        return found;
    }

    private static bool IsApart(string text, int at) => at > 0 && text[at - 1] is not ('/' or '@' or ':');

    private static PathSpan? At(string text, int start)
    {
        var at = start;
        var isLastSaved = text.AsSpan(at).StartsWith(LastSaved, StringComparison.Ordinal);
        var isCurrent = text.AsSpan(at).StartsWith(Current, StringComparison.Ordinal);
        at += isLastSaved ? LastSaved.Length : isCurrent ? Current.Length : 0;
        var up = -1;
        if (at < text.Length && text[at] == '.')
        {
            up = 0;
            while (text.AsSpan(at).StartsWith("..", StringComparison.Ordinal))
            {
                up++;
                at += 2;
                if (!text.AsSpan(at).StartsWith("/..", StringComparison.Ordinal))
                {
                    break;
                }

                at++;
            }

            at += up == 0 ? 1 : 0;
        }
        else if (isCurrent)
        {
            return null;
        }

        var names = at;
        while (at < text.Length && text[at] == '/' && StepLength(text.AsSpan(at + 1)) is > 0 and var length)
        {
            at += length + 1;
        }

        return at == names || (isLastSaved && up >= 0) ? null : new PathSpan(start, at, up, text[(names + 1)..at], isLastSaved);
    }

    /// <summary>Measures a name with an optional prefix; 0 for a function or an axis.</summary>
    private static int StepLength(ReadOnlySpan<char> text)
    {
        var length = XmlNames.NcNameLength(text);
        if (length > 0 && length + 1 < text.Length && text[length] == ':' && XmlNames.NcNameLength(text[(length + 1)..]) is > 0 and var local)
        {
            length += local + 1;
        }

        return length < text.Length && (text[length] == '(' || text[length..].StartsWith("::")) ? 0 : length;
    }
}
