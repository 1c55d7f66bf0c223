namespace Fieldkeep.Server.Answers.Filters;

/// <summary>Finds the name that was probably meant.</summary>
internal static class Spelling
{
    /// <summary>Finds the nearest name, at most a third of its letters away; null when none is near.</summary>
    public static string? Nearest(string word, IEnumerable<string> names)
    {
        if (word.Length > MostLetters)
        {
            return null;
        }

        var last = word[(word.LastIndexOf('/') + 1)..];
        string? nearest = null;
        var best = Math.Max(2, word.Length / 3) + 1;
        foreach (var name in names.Where(name => name.Length <= MostLetters))
        {
            // The right question in the wrong group is nearer than any other spelling.
            var distance = name.EndsWith("/" + last, StringComparison.OrdinalIgnoreCase) ? 1
                : Math.Abs(name.Length - word.Length) >= best ? best
                : Distance(word.ToLowerInvariant(), name.ToLowerInvariant());
            if (distance < best)
            {
                best = distance;
                nearest = name;
            }
        }

        return nearest;
    }

    private const int MostLetters = 200;

    private static int Distance(string left, string right)
    {
        var before = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = before[0];
            before[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = before[j];
                before[j] = Math.Min(replaced, Math.Min(before[j], before[j - 1]) + 1);
            }
        }

        return before[right.Length];
    }
}
