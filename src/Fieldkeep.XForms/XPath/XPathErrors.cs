namespace Fieldkeep.XForms.XPath;

/// <summary>Writes the messages about texts that are no XPath expressions; knows the usual slips.</summary>
internal static class XPathErrors
{
    public const string Value = "a value such as ${question}, 'text' or 5";
    public const string Operator = "an operator such as = or and, or the end";
    public const string Step = "a name, . or ..";
    public const string Axis = "the name of an axis such as child or parent";

    private const int LongestShown = 30;
    private const int DigitsOfThousands = 3;

    /// <summary>Shortens what is shown of the author's text.</summary>
    public static string Short(string text) => text.Length <= LongestShown ? text : text[..LongestShown] + "…";

    /// <summary>Says what was found where something else can stand.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="before">The token before; empty at the beginning.</param>
    /// <param name="found">The token that cannot stand here.</param>
    /// <param name="expected">What can.</param>
    public static XPathError Of(string text, XPathToken before, XPathToken found, string expected)
    {
        var what = text[found.Start..found.End];
        var message = found.Problem
            ?? Slip(text, before, what, found, expected)
            ?? (found.Kind == XPathTokenKind.End
                ? AtEnd(text, before, expected)
                : $"Found {Shown(what)} at character {found.Start + 1}, where {expected} can stand.");
        return new XPathError(found.Start, what, expected, message);
    }

    /// <summary>Says that a word that joins two values has none before it.</summary>
    public static string ValueBefore(string word, int start) => $"Before “{word}” at character {start + 1} a value is missing.";

    /// <summary>Says that a function stands where only a name can.</summary>
    public static XPathError FunctionAsStep(string text, XPathToken found)
    {
        var what = text[found.Start..found.End];
        return new XPathError(
            found.Start,
            what,
            Step,
            $"The function {Short(what)} at character {found.Start + 1} stands inside a path. Put the path into the function, " +
            $"as in {Short(what)}(…).");
    }

    /// <summary>Says that a parenthesis or bracket has no partner.</summary>
    public static XPathError NotClosed(string text, XPathToken before, XPathToken found, XPathToken open, string closing)
    {
        if (found.Problem is not null || found.Kind == XPathTokenKind.Bad)
        {
            return Of(text, default, found, closing);
        }

        var what = text[found.Start..found.End];
        var opened = $"the {text[open.Start]} opened at character {open.Start + 1}";
        var slip = Slip(text, before, what, found, Operator);
        var message = slip ?? (found.Kind == XPathTokenKind.End
            ? $"The expression ends before {opened} is closed. Add a {closing}."
            : $"Found {Shown(what)} at character {found.Start + 1}, where an operator or a {closing} for {opened} can stand.");
        return new XPathError(found.Start, what, closing, message);
    }

    /// <summary>Says that too much stands inside each other.</summary>
    public static XPathError TooDeep(string text, XPathToken found) => new(
        found.Start,
        text[found.Start..found.End],
        "fewer levels",
        $"At character {found.Start + 1} more than {XPathParser.MaxNesting} parentheses, functions, conditions or minus signs " +
        "are inside each other. Split the expression into several calculations.");

    private static string AtEnd(string text, XPathToken before, string expected) =>
        before.End == 0
            ? $"The expression is empty; write {expected}."
            : $"The expression ends after “{Short(text[before.Start..before.End])}”, where {expected} is missing.";

    private static string? Slip(string text, XPathToken before, string what, XPathToken found, string expected)
    {
        var place = $"at character {found.Start + 1}";
        var previous = text[before.Start..before.End];
        if (expected == Operator && previous is "and" or "or" or "div" or "mod")
        {
            // Where a value should stand, such a word is a name (XPath 1.0, section 3.7).
            return ValueBefore(previous, before.Start);
        }

        return what switch
        {
            "," when expected == Operator && before.Kind == XPathTokenKind.Number && DecimalsAfter(text, found) is { } decimals
                && !previous.Contains('.', StringComparison.Ordinal) =>
                $"Found , {place}. " + CommaInNumber(Short(previous), Short(decimals)),
            ")" when expected == Operator => $"The ) {place} closes nothing. Remove it, or add the ( it belongs to.",
            "=" when previous == "=" => $"Found == {place}. Write a single = to compare.",
            "<" or ">" when previous == "=" => $"Found ={what} {place}. Write {what}= instead.",
            ">" when previous == "<" => $"Found <> {place}. Write != for “is not”.",
            "|" when previous == "|" => $"Found || {place}. Write or instead.",
            "&" => $"Found & {place}. Write and to join two conditions, or concat(…) to join texts.",
            "!" => $"Found ! {place}. Write not(…), or != for “is not”.",
            "AND" or "And" or "OR" or "Or" or "DIV" or "MOD" when expected == Operator =>
                $"Found {what} {place}. Write {what.ToLowerInvariant()} in lower case.",
            "%" => $"Found % {place}. Write mod for the remainder of a division.",
            ";" => $"Found ; {place}. Separate arguments with commas.",
            "{" or "}" => $"Found {what} {place}. Write references as ${{question}}.",
            _ => null,
        };
    }

    /// <summary>Finds the digits right after a comma; null when there are none, or when a point follows them.</summary>
    private static string? DecimalsAfter(string text, XPathToken comma)
    {
        var rest = text.AsSpan(comma.End);
        var end = rest.IndexOfAnyExceptInRange('0', '9');
        var length = end < 0 ? rest.Length : end;
        return length == 0 || (end >= 0 && rest[end] == '.') ? null : rest[..length].ToString();
    }

    private static string CommaInNumber(string whole, string decimals) =>
        decimals.Length == DigitsOfThousands
            ? $"Write {whole}.{decimals} if this is a decimal number, {whole}{decimals} if it is one of thousands."
            : $"Write decimal numbers with a point, such as {whole}.{decimals}.";

    private static string Shown(string what) =>
        what.Length == 1 && (char.IsControl(what[0]) || char.IsWhiteSpace(what[0]) || char.GetUnicodeCategory(what[0])
            is System.Globalization.UnicodeCategory.Format)
            ? $"the invisible character U+{(int)what[0]:X4}"
            : $"“{Short(what)}”";
}
