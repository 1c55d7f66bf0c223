namespace Fieldkeep.XForms.XlsForm;

/// <summary>Finds the word an author probably meant.</summary>
internal static class Spelling
{
    private const int LongestWord = 100;

    /// <summary>
    /// Finds the nearest of some words, at most <paramref name="maxDistance"/> edits away and at most a third of the
    /// word's length; null when none is near. Case counts as no edit for choosing but not for being equal.
    /// </summary>
    public static string? Nearest(string word, IEnumerable<string> candidates, int maxDistance = 3)
    {
        var limit = Math.Min(maxDistance, Math.Max(1, word.Length / 3));
        string? nearest = null;
        var best = limit + 1;
        foreach (var candidate in candidates)
        {
            if (Math.Abs(candidate.Length - word.Length) >= best || candidate.Length > LongestWord)
            {
                continue;
            }

            var distance = AreSwapped(word, candidate) ? 1 : Distance(word.ToLowerInvariant(), candidate.ToLowerInvariant(), best);
            if (distance < best)
            {
                best = distance;
                nearest = candidate;
            }
        }

        return nearest;
    }

    /// <summary>Says whether two words differ only by two neighbouring letters that changed places, the commonest slip.</summary>
    private static bool AreSwapped(string left, string right)
    {
        var at = left.AsSpan().CommonPrefixLength(right);
        return left.Length == right.Length && at + 1 < left.Length
            && left[at] == right[at + 1] && left[at + 1] == right[at]
            && left.AsSpan(at + 2).SequenceEqual(right.AsSpan(at + 2));
    }

    /// <summary>
    /// Counts insertions, deletions and replacements between two words; stops counting at <paramref name="limit"/>.
    /// </summary>
    public static int Distance(string left, string right, int limit = int.MaxValue)
    {
        if (Math.Min(left.Length, right.Length) > LongestWord)
        {
            return limit;
        }

        var previous = new int[right.Length + 1];
        var current = new int[right.Length + 1];
        for (var j = 0; j <= right.Length; j++)
        {
            previous[j] = j;
        }

        for (var i = 1; i <= left.Length; i++)
        {
            current[0] = i;
            var smallest = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var replace = previous[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                current[j] = Math.Min(replace, Math.Min(previous[j], current[j - 1]) + 1);
                smallest = Math.Min(smallest, current[j]);
            }

            if (smallest >= limit)
            {
                return limit;
            }

            (previous, current) = (current, previous);
        }

        return previous[right.Length];
    }
}
