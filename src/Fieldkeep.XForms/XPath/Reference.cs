using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.XPath;

/// <summary>Holds one <c>${name}</c> or <c>${last-saved#name}</c> found in a text.</summary>
/// <param name="Start">Index of the dollar sign.</param>
/// <param name="End">Index after the closing brace.</param>
/// <param name="Name">The name between the braces.</param>
/// <param name="IsLastSaved">True for a reference into the last saved instance.</param>
internal readonly record struct Reference(int Start, int End, string Name, bool IsLastSaved)
{
    private const string LastSavedPrefix = "last-saved#";

    /// <summary>Says whether a text holds at least one well-formed reference.</summary>
    public static bool IsIn(string text) => text.Contains("${", StringComparison.Ordinal) && Find(text, 0) is not null;

    /// <summary>Says whether a text is exactly one reference, and which.</summary>
    public static Reference? Only(string text) =>
        Find(text, 0) is { Start: 0 } reference && reference.End == text.Length ? reference : null;

    /// <summary>Finds the next well-formed reference at or after an index; null when there is none.</summary>
    public static Reference? Find(string text, int start)
    {
        for (var at = IndexOfOpening(text, start); at >= 0; at = IndexOfOpening(text, at + 2))
        {
            if (At(text, at) is { } reference)
            {
                return reference;
            }
        }

        return null;
    }

    /// <summary>Lists all well-formed references of a text in order.</summary>
    public static IEnumerable<Reference> All(string text)
    {
        for (var next = Find(text, 0); next is { } reference; next = Find(text, reference.End))
        {
            yield return reference;
        }
    }

    /// <summary>
    /// Lists everything in a text that looks like an attempt at a reference: <c>${…}</c> or an unclosed <c>${…</c>.
    /// The second part is null when the attempt is malformed.
    /// </summary>
    public static IEnumerable<(string Text, Reference? Reference)> Candidates(string text)
    {
        for (var at = IndexOfOpening(text, 0); at >= 0;)
        {
            var close = text.IndexOf('}', at + 2);
            var end = close < 0 ? text.Length : close + 1;
            if (close != at + 2)
            {
                yield return (text[at..end], At(text, at));
            }

            at = IndexOfOpening(text, end);
        }
    }

    private static int IndexOfOpening(string text, int start) =>
        start >= text.Length ? -1 : text.IndexOf("${", start, StringComparison.Ordinal);

    /// <summary>Reads the reference whose dollar sign stands at an index; null when it is malformed.</summary>
    public static Reference? At(string text, int start)
    {
        var inside = text.AsSpan(start + 2);
        var isLastSaved = inside.StartsWith(LastSavedPrefix, StringComparison.Ordinal);
        var nameStart = start + 2 + (isLastSaved ? LastSavedPrefix.Length : 0);
        var length = XmlNames.NcNameLength(text.AsSpan(nameStart));
        var close = nameStart + length;
        return length > 0 && close < text.Length && text[close] == '}'
            ? new Reference(start, close + 1, text.Substring(nameStart, length), isLastSaved)
            : null;
    }
}
