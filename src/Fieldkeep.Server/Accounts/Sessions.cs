using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Accounts.Tokens;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Begins, finds and ends sessions. A token is looked up in the database on every request: ending one acts at once.</summary>
internal sealed class Sessions(Db db, KeptAccounts kept, WhileAway away, SessionAddresses addresses, TimeProvider clock)
{
    private static readonly TimeSpan Idle = TimeSpan.FromHours(8);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);
    private static readonly TimeSpan IdleOnSharedComputer = TimeSpan.FromHours(1);
    private static readonly TimeSpan LongestOnSharedComputer = TimeSpan.FromHours(8);

    // Being seen is written at most once a minute, not on each request.
    private static readonly TimeSpan SeenEvery = TimeSpan.FromMinutes(1);

    /// <summary>The most sessions of one account that people opened and that are good at a time.</summary>
    public const int MostLive = 100;

    /// <summary>The most sessions opened with one token that are good at a time.</summary>
    public const int MostOfToken = 20;

    private const string Insert = """
        insert into accounts.sessions
            (actor_id, kind, token_hash, created_at, last_seen_at, expires_at, idle_seconds, address_row, address_sealed, agent,
            confirmed_at, access_token_id)
        values (@actor, @kind, @hash, @now, @now, @expires, @idle, @row, @address, @agent, @now, @token)
        returning id
        """;

    // Counted by use, not by age, and those of each token by themselves: a script that signs in again and again ends its own,
    // not that of the person at work.
    private const string EndTooMany = """
        update accounts.sessions set ended_at = @now
        where id in (
            select id from accounts.sessions
            where actor_id = @actor and access_token_id is not distinct from @token and ended_at is null and expires_at > @now
                and last_seen_at + make_interval(secs => idle_seconds) > @now
            order by last_seen_at desc, id desc offset @most)
        """;
    private const string Selected = """
        select sessions.token_hash, sessions.id, sessions.actor_id, actors.display_name, accounts.email, sessions.kind,
            sessions.created_at, sessions.expires_at, sessions.last_seen_at, sessions.idle_seconds,
            sessions.confirmed_at, accounts.second_factor_since is not null as has_second_factor, accounts.factor_asked_at,
            access_tokens.scopes, access_tokens.projects, access_tokens.networks, access_tokens.expires_at as token_expires_at
        from accounts.sessions
        left join accounts.access_tokens on access_tokens.id = sessions.access_token_id
        join accounts.actors on actors.id = sessions.actor_id
        join accounts.accounts on accounts.actor_id = sessions.actor_id
        where sessions.ended_at is null and accounts.deleted_at is null
            and (sessions.access_token_id is null or access_tokens.ended_at is null)

        """;
    private const string ByToken = Selected + " and sessions.token_hash = @hash and (access_tokens.id is null or access_tokens.expires_at > @now)";

    /// <summary>Gives all that were not ended.</summary>
    public const string All = Selected + " order by sessions.id";

    private const string Seen = """
        update accounts.sessions set last_seen_at = @now where id = @id and last_seen_at < @now
        """;
    private const string End = """
        update accounts.sessions set ended_at = @now where id = @id and ended_at is null
        """;

    private const string EndFormer = """
        update accounts.sessions set ended_at = @now where token_hash = @hash and kind = 'cookie' and ended_at is null
        """;
    private const string Confirm = "update accounts.sessions set confirmed_at = @now where id = @id";
    private const string EndAll = """
        update accounts.sessions set ended_at = @now
        where actor_id = @id and ended_at is null and id is distinct from @kept
        """;

    /// <summary>Begins a session; gives its token, of which only the hash is kept. Past <see cref="MostLive"/>, or <see cref="MostOfToken"/>, the one not used for longest ends.</summary>
    public async Task<NewSession> BeginAsync(
        Tx tx, Account account, SessionTerms terms, string? address, CancellationToken cancellationToken)
    {
        var token = SecretToken.Create();
        var now = clock.GetUtcNow();
        var longest = now + (terms.IsSharedComputer ? LongestOnSharedComputer : Longest);
        var expires = terms.Until < longest ? terms.Until.Value : longest;
        var row = Guid.CreateVersion7(now);
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
                row,
                address = addresses.Seal(row, address),
                agent = AgentWords.Of(terms.Agent).Kept,
                token = terms.AccessToken,
            },
            cancellationToken);
        var most = terms.AccessToken is null ? MostLive : MostOfToken;
        await tx.ExecuteAsync(EndTooMany, new { actor = account.Id.Value, token = terms.AccessToken, now, most }, cancellationToken);
        return new NewSession(
            token, new Session(id, account.Id, account.DisplayName, account.Email, terms.IsCookie, now, expires));
    }

    /// <summary>Finds the live session of a token, and notes that it was seen; null when unknown, ended or expired.</summary>
    /// <param name="address">Where it is shown: one that was opened with a token is bound to the token's networks.</param>
    /// <exception cref="ProblemException"><c>token.network_refused</c>.</exception>
    public async Task<Session?> FindAsync(string token, string? address, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var row = SecretToken.HashOf(token) is { } hash
            ? await away.AskAsync(
                () => db.FindAsync<SessionRow>(ByToken, new { hash, now }, cancellationToken), () => kept.Sessions.Find(KeptAccounts.KeyOf(hash)).FirstOrDefault() ?? throw WhileAway.Unavailable())
            : null;
        if (row is null || !row.IsGood(now))
        {
            return null;
        }

        if (!AccessTokens.IsAllowedFrom(row.Networks ?? [], address))
        {
            throw TokenProblems.NetworkRefused(address);
        }

        if (now - row.LastSeenAt >= SeenEvery)
        {
            await away.TryAsync(() => db.ExecuteAsync(Seen, new { id = row.Id, now }, cancellationToken));
        }

        return new Session(
            row.Id, new ActorId(row.ActorId), row.DisplayName, row.Email, row.Kind == "cookie", row.CreatedAt, row.ExpiresAt)
        {
            ConfirmedAt = row.ConfirmedAt ?? row.CreatedAt,
            HasSecondFactor = row.HasSecondFactor,
            FactorAskedAt = row.FactorAskedAt,
            Bounds = row.Scopes is { } scopes ? TokenScopes.BoundsOf(scopes, row.Projects) : null,
        };
    }

    /// <summary>Ends a session; gives false when it had ended before.</summary>
    public async Task<bool> EndAsync(Tx tx, long session, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(End, new { id = session, now = clock.GetUtcNow() }, cancellationToken) == 1;

    /// <summary>Ends the session that a browser had before it signed in anew.</summary>
    public Task EndFormerAsync(string token, CancellationToken cancellationToken) => db.ExecuteAsync(
        EndFormer, new { hash = SecretToken.HashOf(token) ?? [], now = clock.GetUtcNow() }, cancellationToken);

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
}

/// <summary>How a session is held and for how long.</summary>
/// <param name="IsCookie">In a browser's cookie, else as a bearer token.</param>
/// <param name="IsSharedComputer">Ends after an hour idle, eight hours at most.</param>
/// <param name="Agent">What the client calls itself, for the list of one's sessions.</param>
internal sealed record SessionTerms(bool IsCookie, bool IsSharedComputer, string? Agent)
{
    /// <summary>The token or app password it is opened with: it has the same bounds and ends with it; null for none.</summary>
    public long? AccessToken { get; init; }

    /// <summary>When it ends at the latest; null for the usual time.</summary>
    public DateTimeOffset? Until { get; init; }
}

/// <summary>A session as it is read.</summary>
internal sealed record SessionRow
{
    public byte[]? TokenHash { get; init; }

    public required long Id { get; init; }

    public required long ActorId { get; init; }

    public required string DisplayName { get; init; }

    public required string Email { get; init; }

    public required string Kind { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public required DateTimeOffset LastSeenAt { get; init; }

    public required int IdleSeconds { get; init; }

    public DateTimeOffset? ConfirmedAt { get; init; }

    public required bool HasSecondFactor { get; init; }

    public DateTimeOffset? FactorAskedAt { get; init; }

    public string[]? Scopes { get; init; }

    public long[]? Projects { get; init; }

    public string[]? Networks { get; init; }

    /// <summary>When the token ends that it was opened with; null for none.</summary>
    public DateTimeOffset? TokenExpiresAt { get; init; }

    /// <summary>Whether it has not ended by itself.</summary>
    public bool IsGood(DateTimeOffset now) => !(TokenExpiresAt <= now) && ExpiresAt > now && LastSeenAt.AddSeconds(IdleSeconds) > now;
}
