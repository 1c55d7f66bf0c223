using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Begins, finds and ends sessions. A token is looked up in the database on every request: ending one acts at once.</summary>
internal sealed class Sessions(Db db, TimeProvider clock)
{
    private static readonly TimeSpan Idle = TimeSpan.FromHours(8);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);
    private static readonly TimeSpan IdleOnSharedComputer = TimeSpan.FromHours(1);
    private static readonly TimeSpan LongestOnSharedComputer = TimeSpan.FromHours(8);

    // Being seen is written at most once a minute, not on each request.
    private static readonly TimeSpan SeenEvery = TimeSpan.FromMinutes(1);
    private const int MostAgentCharacters = 255;

    private const string Insert = """
        insert into accounts.sessions
            (actor_id, kind, token_hash, created_at, last_seen_at, expires_at, idle_seconds, address, agent, confirmed_at)
        values (@actor, @kind, @hash, @now, @now, @expires, @idle, @address, @agent, @now)
        returning id
        """;
    private const string ByToken = """
        select sessions.id, sessions.actor_id, actors.display_name, accounts.email, sessions.kind,
            sessions.created_at, sessions.expires_at, sessions.last_seen_at, sessions.idle_seconds,
            sessions.confirmed_at, accounts.second_factor_since is not null as has_second_factor, accounts.factor_asked_at
        from accounts.sessions
        join accounts.actors on actors.id = sessions.actor_id
        join accounts.accounts on accounts.actor_id = sessions.actor_id
        where sessions.token_hash = @hash and sessions.ended_at is null and accounts.deleted_at is null
        """;
    private const string Seen = """
        update accounts.sessions set last_seen_at = @now where id = @id and last_seen_at < @now
        """;
    private const string End = """
        update accounts.sessions set ended_at = @now where id = @id and ended_at is null
        """;

    private const string Confirm = "update accounts.sessions set confirmed_at = @now where id = @id";
    private const string EndAll = """
        update accounts.sessions set ended_at = @now
        where actor_id = @id and ended_at is null and id is distinct from @kept
        """;

    /// <summary>Begins a session; gives its token, of which only the hash is kept.</summary>
    public async Task<NewSession> BeginAsync(
        Tx tx, Account account, SessionTerms terms, string? address, CancellationToken cancellationToken)
    {
        var token = SecretToken.Create();
        var now = clock.GetUtcNow();
        var expires = now + (terms.IsSharedComputer ? LongestOnSharedComputer : Longest);
        var id = await tx.GetAsync<long>(
            Insert,
            new
            {
                actor = account.Id.Value,
                kind = terms.IsCookie ? "cookie" : "bearer",
                hash = SecretToken.HashOf(token),
                now,
                expires,
                idle = (int)(terms.IsSharedComputer ? IdleOnSharedComputer : Idle).TotalSeconds,
                address,
                agent = Shorten(terms.Agent),
            },
            cancellationToken);
        return new NewSession(
            token, new Session(id, account.Id, account.DisplayName, account.Email, terms.IsCookie, now, expires));
    }

    /// <summary>Finds the live session of a token, and notes that it was seen; null when unknown, ended or expired.</summary>
    public async Task<Session?> FindAsync(string token, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var row = SecretToken.HashOf(token) is { } hash
            ? await db.FindAsync<Row>(ByToken, new { hash }, cancellationToken)
            : null;
        if (row is null || row.ExpiresAt <= now || row.LastSeenAt.AddSeconds(row.IdleSeconds) <= now)
        {
            return null;
        }

        if (now - row.LastSeenAt >= SeenEvery)
        {
            await db.ExecuteAsync(Seen, new { id = row.Id, now }, cancellationToken);
        }

        return new Session(
            row.Id, row.ActorId, row.DisplayName, row.Email, row.Kind == "cookie", row.CreatedAt, row.ExpiresAt)
        {
            ConfirmedAt = row.ConfirmedAt ?? row.CreatedAt,
            HasSecondFactor = row.HasSecondFactor,
            FactorAskedAt = row.FactorAskedAt,
        };
    }

    /// <summary>Ends a session; gives false when it had ended before.</summary>
    public async Task<bool> EndAsync(Tx tx, long session, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(End, new { id = session, now = clock.GetUtcNow() }, cancellationToken) == 1;

    /// <summary>Notes that a session proved itself again; gives when.</summary>
    public async Task<DateTimeOffset> ConfirmAsync(Tx tx, long session, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await tx.ExecuteAsync(Confirm, new { id = session, now }, cancellationToken);
        return now;
    }

    /// <summary>Ends every session of an account, but the one that goes on.</summary>
    /// <param name="kept">Its id; null for none.</param>
    public Task EndAllAsync(Tx tx, ActorId account, long? kept, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(EndAll, new { id = account.Value, now = clock.GetUtcNow(), kept }, cancellationToken);

    private static string? Shorten(string? agent) =>
        agent?.Length > MostAgentCharacters ? agent[..MostAgentCharacters] : agent;

    private sealed record Row(
        long Id,
        ActorId ActorId,
        string DisplayName,
        string Email,
        string Kind,
        DateTimeOffset CreatedAt,
        DateTimeOffset ExpiresAt,
        DateTimeOffset LastSeenAt,
        int IdleSeconds,
        DateTimeOffset? ConfirmedAt,
        bool HasSecondFactor,
        DateTimeOffset? FactorAskedAt);
}

/// <summary>How a session is held and for how long.</summary>
/// <param name="IsCookie">In a browser's cookie, else as a bearer token.</param>
/// <param name="IsSharedComputer">Ends after an hour idle, eight hours at most.</param>
/// <param name="Agent">What the client calls itself, for the list of one's sessions.</param>
internal sealed record SessionTerms(bool IsCookie, bool IsSharedComputer, string? Agent);
