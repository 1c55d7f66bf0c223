namespace Fieldkeep.Backup.Store;

/// <summary>Chooses which base backups stay: all of the last week, then the first of each week, until they are too old; never fewer than a number.</summary>
internal static class Retention
{
    private const int EveryDays = 7;

    /// <summary>Divides base backups into those that stay and those that go; the order stays.</summary>
    /// <param name="bases">Oldest first.</param>
    /// <param name="takenAt">When one was taken.</param>
    /// <param name="now">Now.</param>
    /// <param name="keepDays">After so many days they go.</param>
    /// <param name="fewest">So many of the newest stay in any case.</param>
    public static (IReadOnlyList<T> Kept, IReadOnlyList<T> Old) Choose<T>(
        IReadOnlyList<T> bases, Func<T, DateTimeOffset> takenAt, DateTimeOffset now, int keepDays, int fewest)
    {
        var kept = new List<T>();
        var old = new List<T>();
        var weeks = new HashSet<long>();
        for (var at = 0; at < bases.Count; at++)
        {
            var taken = takenAt(bases[at]);
            var days = (now - taken).TotalDays;
            // Weeks of the calendar, not of today: the same one stays from day to day.
            var isFirstOfWeek = days < keepDays && weeks.Add(taken.UtcDateTime.Ticks / (TimeSpan.TicksPerDay * EveryDays));
            (at >= bases.Count - fewest || days < Math.Min(EveryDays, keepDays) || isFirstOfWeek ? kept : old).Add(bases[at]);
        }

        return (kept, old);
    }
}
