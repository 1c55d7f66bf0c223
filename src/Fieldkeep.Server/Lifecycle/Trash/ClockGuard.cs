using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Lifecycle.Trash;

/// <summary>
/// Says whether the clock can be believed enough to delete what is due by it. A clock that went back, or that jumped ahead further than a server
/// is usually off, makes it wait for a day, in which somebody may mend the clock.
/// </summary>
internal sealed class ClockGuard(Db db, TimeProvider clock)
{
    /// <summary>A longer pause between two rounds is no pause, but maybe a clock that jumped.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromDays(3);

    /// <summary>How long nothing is deleted then.</summary>
    public static readonly TimeSpan Wait = TimeSpan.FromDays(1);

    private const string Find = "select last_at, wait_until from lifecycle.rounds where name = 'clock'";

    private const string Write = """
        insert into lifecycle.rounds (name, last_at, wait_until) values ('clock', @now, @wait)
        on conflict (name) do update set last_at = excluded.last_at, wait_until = excluded.wait_until
        """;

    /// <summary>Notes the moment, and says whether what is due now may be deleted.</summary>
    public async Task<bool> IsBelievedAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var last = await db.FindAsync<Round>(Find, null, cancellationToken);
        var wait = WaitUntil(last, now);
        await db.ExecuteAsync(Write, new { now, wait }, cancellationToken);
        return wait is null;
    }

    private static DateTimeOffset? WaitUntil(Round? last, DateTimeOffset now)
    {
        if (last is null)
        {
            return null;
        }

        if (now < last.LastAt - TimeSpan.FromMinutes(5) || now > last.LastAt + LongestPause)
        {
            return now + Wait;
        }

        return last.WaitUntil is { } until && now < until ? until : null;
    }

    private sealed record Round
    {
        public DateTimeOffset LastAt { get; init; }

        public DateTimeOffset? WaitUntil { get; init; }
    }
}
