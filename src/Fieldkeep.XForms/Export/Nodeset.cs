using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.Export;

/// <summary>Holds the nodeset of an itemset taken apart.</summary>
/// <param name="InstanceId">Id of the secondary instance; null for nodes of the form itself.</param>
/// <param name="Path">The path without predicate and function, such as <c>instance('x')/root/item</c>.</param>
/// <param name="Filter">What stands in the predicate; null when there is none.</param>
/// <param name="IsRandom">True inside <c>randomize()</c>.</param>
/// <param name="Seed">The seed of the random order; null when there is none.</param>
internal sealed record Nodeset(string? InstanceId, string Path, string? Filter, bool IsRandom, string? Seed)
{
    private const string Randomize = "randomize(";

    /// <summary>True when items are where the compiler puts and seeks them.</summary>
    public bool IsUsual => InstanceId is not null && Path.Replace(" ", "", StringComparison.Ordinal).EndsWith(")/root/item", StringComparison.Ordinal);

    /// <summary>Takes a nodeset apart; null when it is none of the forms a workbook can make.</summary>
    public static Nodeset? Parse(string text)
    {
        var inner = text.Trim();
        string? seed = null;
        var isRandom = inner.StartsWith(Randomize, StringComparison.Ordinal) && inner.EndsWith(')');
        if (isRandom)
        {
            inner = inner[Randomize.Length..^1].Trim();
            var comma = IndexOf(inner, ',');
            if (comma >= 0)
            {
                seed = inner[(comma + 1)..].Trim();
                inner = inner[..comma].TrimEnd();
            }
        }

        string? filter = null;
        var open = IndexOf(inner, '[');
        if (open >= 0)
        {
            // One predicate, at the end.
            var close = IndexOfClose(inner, open);
            if (close != inner.Length - 1)
            {
                return null;
            }

            filter = inner[(open + 1)..close];
            inner = inner[..open].TrimEnd();
        }

        return new Nodeset(IdIn(inner), inner, filter, isRandom, seed);
    }

    private static string? IdIn(string path) =>
        path.StartsWith("instance(", StringComparison.Ordinal) ? XFormPaths.LiteralArgument(path, "instance") : null;

    private static int IndexOf(string text, char wanted)
    {
        var depth = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is '\'' or '"')
            {
                i = Math.Max(text.IndexOf(text[i], i + 1), i);
            }
            else if (depth == 0 && text[i] == wanted)
            {
                return i;
            }
            else
            {
                depth += text[i] switch { '(' or '[' => 1, ')' or ']' => -1, _ => 0 };
            }
        }

        return -1;
    }

    private static int IndexOfClose(string text, int open)
    {
        var end = IndexOf(text[(open + 1)..], ']');
        return end < 0 ? -1 : open + 1 + end;
    }
}
