using System.Buffers;

namespace Fieldkeep.XForms.Xml;

/// <summary>Puts the node references of binds and controls into the form <c>/data/group/question</c>.</summary>
internal static class XFormPaths
{
    private static readonly SearchValues<char> Unusual = SearchValues.Create(".: \t\r\n[");

    /// <summary>Resolves a reference against the path of the node around it; prefixes and white space go.</summary>
    public static string Resolve(string reference, string context)
    {
        var text = reference.AsSpan().Trim();
        if (text.Length > 0 && text[0] == '/' && text.IndexOfAny(Unusual) < 0)
        {
            return text.Length == reference.Length ? reference : text.ToString();
        }

        var steps = new List<string>();
        if (text.Length == 0 || text[0] != '/')
        {
            steps.AddRange(context.Split('/', StringSplitOptions.RemoveEmptyEntries));
        }

        foreach (var part in text.ToString().Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var step = Step(part);
            if (step == ".." && steps.Count > 0)
            {
                steps.RemoveAt(steps.Count - 1);
            }
            else if (step is not ("" or "." or ".." or "current()"))
            {
                steps.Add(step);
            }
        }

        return "/" + string.Join('/', steps);
    }

    /// <summary>Gives the name in one step of a path: no prefix, no predicate.</summary>
    public static string Step(string part)
    {
        var name = part.AsSpan().Trim();
        var predicate = name.IndexOf('[');
        if (predicate >= 0)
        {
            name = name[..predicate].TrimEnd();
        }

        var prefix = name.LastIndexOf(':');
        return prefix >= 0 && name[0] == '@' ? $"@{name[(prefix + 1)..]}" : name[(prefix + 1)..].ToString();
    }

    /// <summary>Finds the literal first argument of a function, as in <c>jr:itext('id')</c>; null when there is none.</summary>
    public static string? LiteralArgument(string expression, string function, int from = 0)
    {
        var (argument, _) = FindLiteralArgument(expression, function, from);
        return argument;
    }

    /// <summary>As <see cref="LiteralArgument"/>, with the index just after the closing quote.</summary>
    public static (string? Argument, int End) FindLiteralArgument(string expression, string function, int from)
    {
        var at = from;
        while ((at = expression.IndexOf(function, at, StringComparison.Ordinal)) >= 0)
        {
            var i = SkipSpace(expression, at + function.Length);
            at += function.Length;
            if (i >= expression.Length || expression[i] != '(')
            {
                continue;
            }

            i = SkipSpace(expression, i + 1);
            if (i >= expression.Length || expression[i] is not ('\'' or '"'))
            {
                continue;
            }

            var end = expression.IndexOf(expression[i], i + 1);
            if (end > 0)
            {
                return (expression[(i + 1)..end], end + 1);
            }
        }

        return (null, -1);
    }

    private static int SkipSpace(string text, int i)
    {
        while (i < text.Length && char.IsWhiteSpace(text[i]))
        {
            i++;
        }

        return i;
    }
}
