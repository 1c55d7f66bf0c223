using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Lists one's own sessions. Nobody lists another's.</summary>
internal sealed class SessionList(Db db, SessionAddresses addresses, TimeProvider clock)
{
    private const string Live = """
        select sessions.id, sessions.kind, sessions.created_at, sessions.last_seen_at, sessions.expires_at, sessions.agent,
            sessions.address_row, sessions.address_sealed, access_tokens.name as token_name
        from accounts.sessions
        left join accounts.access_tokens on access_tokens.id = sessions.access_token_id
        where sessions.actor_id = @actor and sessions.ended_at is null and sessions.expires_at > @now
            and sessions.last_seen_at + make_interval(secs => sessions.idle_seconds) > @now
            and (sessions.access_token_id is null or (access_tokens.ended_at is null and access_tokens.expires_at > @now))
        order by sessions.last_seen_at desc, sessions.id desc
        limit 500
        """;

    /// <summary>Lists those that are good, the one used last first.</summary>
    public async Task<IReadOnlyList<ListedSession>> ListAsync(Actor actor, CancellationToken cancellationToken)
    {
        WhoAsks.RequirePerson(actor);
        return [.. (await db.ListAsync<Row>(Live, new { actor = actor.Id.Value, now = clock.GetUtcNow() }, cancellationToken)).Select(Of)];
    }

    private ListedSession Of(Row row) => new(
        row.Id,
        row.Kind == "cookie",
        row.CreatedAt,
        row.LastSeenAt,
        row.ExpiresAt,
        row.Agent,
        addresses.Open(row.AddressRow, row.AddressSealed),
        row.TokenName);

    private sealed record Row(
        long Id,
        string Kind,
        DateTimeOffset CreatedAt,
        DateTimeOffset LastSeenAt,
        DateTimeOffset ExpiresAt,
        string? Agent,
        Guid? AddressRow,
        byte[]? AddressSealed,
        string? TokenName);
}

/// <summary>A session as its owner sees it.</summary>
/// <param name="Agent">What its client is, as <c>AgentWords.Kept</c> says it; null when it did not say.</param>
/// <param name="Address">Where it was begun; null when unknown.</param>
/// <param name="TokenName">The token or app password it was opened with; null for none.</param>
internal sealed record ListedSession(
    long Id,
    bool IsCookie,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastSeenAt,
    DateTimeOffset ExpiresAt,
    string? Agent,
    string? Address,
    string? TokenName);
