using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Lifecycle.Trash;

/// <summary>
/// Says whether the clock can be believed enough to delete what is due by it. A clock that went back, or that jumped ahead further than a server
/// is usually off, makes it wait for a day, in which somebody may mend the clock. A restored backup makes it wait longer: it does not know
/// what was taken out of the trash after it was taken; holds it is told by the keyring.
/// </summary>
internal sealed class ClockGuard(Db db, TimeProvider clock)
{
    /// <summary>A longer pause between two rounds is no pause, but maybe a clock that jumped.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromDays(3);

    /// <summary>How long nothing is deleted then.</summary>
    public static readonly TimeSpan Wait = TimeSpan.FromDays(1);

    /// <summary>How long nothing is deleted after a restore: somebody has to look through the trash.</summary>
    public static readonly TimeSpan WaitAfterRestore = TimeSpan.FromDays(7);

    private const string Find = "select last_at, wait_until from lifecycle.rounds where name = 'clock'";

    // Before the first round: the newest that was written down says when the clock was right.
    private const string FindWritten = "select at as last_at, null::timestamptz as wait_until from ledger.entries_view order by id desc limit 1";

    private const string Write = """
        insert into lifecycle.rounds (name, last_at, wait_until) values ('clock', @now, @wait)
        on conflict (name) do update set last_at = excluded.last_at, wait_until = excluded.wait_until
        """;

    /// <summary>Notes the moment, and says whether what is due now may be deleted.</summary>
    public async Task<bool> IsBelievedAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var last = await db.FindAsync<Round>(Find, null, cancellationToken) ?? await db.FindAsync<Round>(FindWritten, null, cancellationToken);
        var wait = WaitUntil(last, now);
        await db.ExecuteAsync(Write, new { now, wait }, cancellationToken);
        return wait is null;
    }

    /// <summary>Notes that this database was restored.</summary>
    public Task WaitAfterRestoreAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return db.ExecuteAsync(Write, new { now, wait = now + WaitAfterRestore }, cancellationToken);
    }

    private static DateTimeOffset? WaitUntil(Round? last, DateTimeOffset now)
    {
        if (last is null)
        {
            return null;
        }

        // A clock that was mended meanwhile makes it wait no longer than a restore does.
        var standing = last.WaitUntil is { } until && now < until ? Earlier(until, now + WaitAfterRestore) : (DateTimeOffset?)null;
        if (now < last.LastAt - TimeSpan.FromMinutes(5) || now > last.LastAt + LongestPause)
        {
            return standing is { } longer && longer > now + Wait ? longer : now + Wait;
        }

        return standing;
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private sealed record Round
    {
        public DateTimeOffset LastAt { get; init; }

        public DateTimeOffset? WaitUntil { get; init; }
    }
}
