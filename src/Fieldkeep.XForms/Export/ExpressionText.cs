namespace Fieldkeep.XForms.Export;

/// <summary>Compares expressions as XPath does: white space between tokens does not count, inside quotes it does.</summary>
internal static class ExpressionText
{
    /// <summary>Says whether two expressions are the same.</summary>
    public static bool IsSame(string left, string right) =>
        left == right || string.Equals(Tighten(left), Tighten(right), StringComparison.Ordinal);

    private static string Tighten(string text)
    {
        var tight = new System.Text.StringBuilder(text.Length);
        var quote = '\0';
        var isSpace = false;
        foreach (var c in text)
        {
            if (quote == '\0' && char.IsWhiteSpace(c))
            {
                isSpace = true;
                continue;
            }

            if (isSpace && quote == '\0' && tight.Length > 0 && IsPart(tight[^1]) && IsPart(c))
            {
                tight.Append(' ');
            }

            isSpace = false;
            quote = quote == c ? '\0' : quote == '\0' && c is '\'' or '"' ? c : quote;
            tight.Append(c);
        }

        return tight.ToString();
    }

    private static bool IsPart(char c) => char.IsLetterOrDigit(c) || c is '_' or '-' or '.' or ':';
}
