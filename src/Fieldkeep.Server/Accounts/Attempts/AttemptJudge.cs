namespace Fieldkeep.Server.Accounts.Attempts;

/// <summary>Decides whether an attempt passes a counter; the same rules for what memory and what the database counted.</summary>
internal static class AttemptJudge
{
    /// <summary>An attempt that was not finished for so long counts as failed; its process may be gone.</summary>
    public static readonly TimeSpan LongestOpen = TimeSpan.FromSeconds(60);

    /// <summary>Judges one more attempt.</summary>
    /// <param name="account">Whose secret is tried.</param>
    /// <param name="counted">What the counter holds, oldest first; what left the window is passed over.</param>
    public static Verdict Of(Limit limit, string account, IEnumerable<Counted> counted, DateTimeOffset now)
    {
        var within = counted.Where(one => one.At > now - limit.Window).ToList();
        var failed = within.Where(one => !one.IsOpen || one.At <= now - LongestOpen).ToList();
        return limit.Kind switch
        {
            LimitKind.Distinct => OfAccounts(limit, account, within, failed, now),
            LimitKind.Delay => OfDelay(limit, within, failed, now),
            _ when failed.Count >= limit.Most =>
                new Verdict(failed[^limit.Most].At + limit.Window - now, false),
            _ => new Verdict(TimeSpan.Zero, within.Count >= limit.Most),
        };
    }

    // Once delays have begun, one at a time.
    private static Verdict OfDelay(Limit limit, List<Counted> within, List<Counted> failed, DateTimeOffset now)
    {
        var isBusy = within.Count >= limit.Most && within.Count > failed.Count;
        if (failed.Count < limit.Most)
        {
            return new Verdict(TimeSpan.Zero, isBusy);
        }

        // 2, 4, 8 … seconds after the latest failure; 2^10 s is past the window.
        var doublings = Math.Min(failed.Count - limit.Most + 1, 10);
        var delay = TimeSpan.FromSeconds(Math.Min(Math.Pow(2, doublings), limit.Window.TotalSeconds));
        var until = failed[^1].At + delay;
        return until > now ? new Verdict(until - now, false) : new Verdict(TimeSpan.Zero, isBusy);
    }

    private static Verdict OfAccounts(
        Limit limit, string account, List<Counted> within, List<Counted> failed, DateTimeOffset now)
    {
        if (failed.Exists(one => one.Account == account))
        {
            return default;
        }

        var latest = LatestOfEach(failed, account);
        return latest.Count >= limit.Most
            ? new Verdict(latest[^limit.Most] + limit.Window - now, false)
            : new Verdict(TimeSpan.Zero, LatestOfEach(within, account).Count >= limit.Most);
    }

    private static List<DateTimeOffset> LatestOfEach(List<Counted> counted, string except) =>
    [
        .. counted.Where(one => one.Account != except)
            .GroupBy(one => one.Account, StringComparer.Ordinal)
            .Select(same => same.Max(one => one.At))
            .Order(),
    ];
}
