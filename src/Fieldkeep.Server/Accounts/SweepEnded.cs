using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Accounts;

/// <summary>
/// Deletes what can open nothing any more, once an hour: sessions that ended or expired, with the addresses in them; tickets, links of
/// letters, sign-ins at another provider, counts of wrong codes, addresses that people had before. What happened stands in the access log and the audit book.
/// </summary>
internal sealed partial class SweepEnded(Db db, IEnumerable<SessionsMeantElsewhere> elsewhere, TimeProvider clock, ILogger<SweepEnded> log) : BackgroundRounds(TimeSpan.FromHours(1))
{
    private const int RowsAtOnce = 5_000;

    // By itself, before sessions are locked: who changes an account locks it first and its sessions then.
    private const string KeepLastSeen = """
        update accounts.accounts set last_seen_at = seen.at
        from (
            select actor_id, max(last_seen_at) as at from accounts.sessions
            where ended_at <= @now or expires_at <= @now or last_seen_at + make_interval(secs => idle_seconds) <= @now
            group by actor_id) as seen
        where accounts.actor_id = seen.actor_id and (accounts.last_seen_at is null or accounts.last_seen_at < seen.at)
        """;
    private const string Sessions = """
        delete from accounts.sessions
        where id in (
            select id from accounts.sessions
            where ended_at <= @unmeant or expires_at <= @unmeant or last_seen_at + make_interval(secs => idle_seconds) <= @unmeant
            order by id limit @rows for update skip locked)
        """;
    private const string Tickets = """
        delete from accounts.tickets where id in (select id from accounts.tickets where expires_at <= @now limit @rows)
        """;
    private const string PasswordLinks = """
        delete from accounts.password_resets
        where id in (select id from accounts.password_resets where expires_at <= @now order by id limit @rows)
        """;
    private const string ProviderAttempts = """
        delete from accounts.external_attempts
        where id in (select id from accounts.external_attempts where expires_at <= @now order by id limit @rows)
        """;
    private const string Resets = """
        delete from accounts.factor_resets
        where id in (
            select id from accounts.factor_resets
            where cancelled_at is not null or done_at is not null or due_at <= @lapsed
            order by id limit @rows)
        """;

    // Codes count for a day; links that unlock are good for one, and look here whether they were used.
    private const string WrongCodes = """
        delete from accounts.factor_tries
        where actor_id in (select actor_id from accounts.factor_tries where since <= @yesterday limit @rows)
        """;
    private const string Unlocks = """
        delete from accounts.unlocks where id in (select id from accounts.unlocks where at <= @yesterday order by id limit @rows)
        """;

    private const string FormerAddresses = """
        update accounts.accounts set former_email = null, former_email_key = null, former_email_until = null
        where former_email_key is not null and former_email_until <= @now
        """;

    private static readonly string[] All =
        [Sessions, Tickets, PasswordLinks, ProviderAttempts, Resets, WrongCodes, Unlocks, FormerAddresses];

    /// <inheritdoc/>
    protected override TimeSpan First => TimeSpan.FromMinutes(3);

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var unmeant = elsewhere.Select(one => one.Since()).Append(now).Min() ?? now;
        var until = new { now, unmeant, lapsed = now - WaitingResets.Lapse, yesterday = now.AddDays(-1), rows = RowsAtOnce };
        await db.ExecuteAsync(KeepLastSeen, until, cancellationToken);
        foreach (var statement in All)
        {
            // In parts, so that nobody waits for a lock on many rows.
            while (await db.ExecuteAsync(statement, until, cancellationToken) == RowsAtOnce)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    /// <inheritdoc/>
    protected override void Tell(Exception problem) => LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));

    [LoggerMessage(1, LogLevel.Warning, "sessions and links that ended were not deleted ({Failure} {Code}); it is tried again soon")]
    private static partial void LogFailed(ILogger log, string failure, string? code);
}
