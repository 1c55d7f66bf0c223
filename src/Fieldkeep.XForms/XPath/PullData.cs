namespace Fieldkeep.XForms.XPath;

/// <summary>Finds the files that <c>pulldata('file', …)</c> calls read.</summary>
internal static class PullData
{
    private const string Function = "pulldata";

    /// <summary>Lists the first arguments of all calls in a text, quotes removed.</summary>
    public static IEnumerable<string> Files(string text)
    {
        for (var at = text.IndexOf(Function, StringComparison.Ordinal); at >= 0;)
        {
            var open = at + Function.Length;
            while (open < text.Length && char.IsWhiteSpace(text[open]))
            {
                open++;
            }

            var comma = text.IndexOf(',', open);
            if (open < text.Length && text[open] == '(' && comma > open)
            {
                var file = text[(open + 1)..comma].Trim().Trim('\'', '"').Trim();
                if (file.Length > 0)
                {
                    yield return file;
                }
            }

            at = text.IndexOf(Function, at + Function.Length, StringComparison.Ordinal);
        }
    }
}
