using System.Net;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Tokens;

/// <summary>Finds whom a token speaks for. It is looked up in the database on every request: revoking one acts at once.</summary>
internal sealed class AccessTokens(Db db, KeptAccounts kept, WhileAway away, TimeProvider clock)
{
    // Being used is written at most once a minute, not on each request.
    private static readonly TimeSpan UsedEvery = TimeSpan.FromMinutes(1);

    private const string Selected = """
        select access_tokens.token_hash, access_tokens.id, access_tokens.actor_id, access_tokens.kind, access_tokens.scopes, access_tokens.projects,
            access_tokens.networks, access_tokens.expires_at, access_tokens.last_used_at, accounts.email, accounts.email_key, actors.display_name,
            actors.created_at, actors.updated_at, accounts.credentials_version
        from accounts.access_tokens
        join accounts.accounts on accounts.actor_id = access_tokens.actor_id
        join accounts.actors on actors.id = access_tokens.actor_id
        where access_tokens.ended_at is null and accounts.deleted_at is null

        """;

    private const string BySecret = Selected + " and access_tokens.token_hash = @hash and access_tokens.expires_at > @now";

    /// <summary>Gives all that were not ended.</summary>
    public const string All = Selected + " order by access_tokens.id";

    private const string Used = """
        update accounts.access_tokens set last_used_at = @now
        where id = @id and (last_used_at is null or last_used_at < @earlier)
        """;
    private const string EndOfAccount = """
        update accounts.access_tokens set ended_at = @now, ended_by = @by where actor_id = @id and ended_at is null
        """;
    private const string EndSessions = """
        update accounts.sessions set ended_at = @now
        where actor_id = @id and access_token_id is not null and ended_at is null
        """;

    /// <summary>Finds whom a secret speaks for; null when it is unknown, ended or too old.</summary>
    /// <exception cref="ProblemException"><c>token.network_refused</c>.</exception>
    public async Task<TokenIdentity?> FindAsync(string secret, string? address, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var row = TokenSecret.Is(secret) && SecretToken.HashOf(secret) is { } hash
            ? await away.AskAsync(
                async () => kept.Mask(await db.FindAsync<AccessTokenRow>(BySecret, new { hash, now }, cancellationToken)), () => kept.Tokens.Find(KeptAccounts.KeyOf(hash)).FirstOrDefault() ?? throw WhileAway.Unavailable())
            : null;
        if (row is null || row.ExpiresAt <= now)
        {
            return null;
        }

        if (!IsAllowedFrom(row.Networks, address))
        {
            throw TokenProblems.NetworkRefused(address);
        }

        if (row.LastUsedAt is not { } last || now - last >= UsedEvery)
        {
            await away.TryAsync(() => db.ExecuteAsync(Used, new { id = row.Id, now, earlier = now - UsedEvery }, cancellationToken));
        }

        var owner = new Account(
            new ActorId(row.ActorId), row.Email, row.DisplayName, row.CreatedAt, row.UpdatedAt, CredentialsVersion: row.CredentialsVersion);
        return new TokenIdentity(
            row.Id, owner, row.Kind == "app_password", row.ExpiresAt, TokenScopes.BoundsOf(row.Scopes, row.Projects))
        {
            EmailMac = row.EmailKey,
        };
    }

    /// <summary>Finds whom a secret speaks for that was shown in the place of a password; null also when the address is another's.</summary>
    /// <exception cref="ProblemException"><c>token.network_refused</c>.</exception>
    public async Task<TokenIdentity?> FindAsync(string email, string secret, string? address, CancellationToken cancellationToken) =>
        await FindAsync(secret, address, cancellationToken) is { } found
        && kept.MacOf(await EmailKey.OfAsync(db, email, cancellationToken)) == found.EmailMac
            ? found
            : null;

    /// <summary>Tells whether a token may be used from an address.</summary>
    public static bool IsAllowedFrom(IReadOnlyCollection<string> networks, string? address)
    {
        if (networks.Count == 0)
        {
            return true;
        }

        if (!IPAddress.TryParse(address, out var from))
        {
            return false;
        }

        var plain = from.IsIPv4MappedToIPv6 ? from.MapToIPv4() : from;
        return networks.Any(network => IPNetwork.TryParse(network, out var known) && known.Contains(plain));
    }

    /// <summary>Ends every token and app password of an account and the sessions opened with them, in the caller's transaction.</summary>
    public static async Task EndAllAsync(Tx tx, ActorId account, ActorId by, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await tx.ExecuteAsync(EndOfAccount, new { id = account.Value, by = by.Value, now }, cancellationToken);
        await tx.ExecuteAsync(EndSessions, new { id = account.Value, now }, cancellationToken);
    }
}

/// <summary>A token as it is read.</summary>
internal sealed record AccessTokenRow
{
    public byte[]? TokenHash { get; init; }

    public required long Id { get; init; }

    public required long ActorId { get; init; }

    public required string Kind { get; init; }

    public required string[] Scopes { get; init; }

    public long[]? Projects { get; init; }

    public required string[] Networks { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? LastUsedAt { get; init; }

    public required string Email { get; init; }

    /// <summary>The e-mail address as compared, or its keyed hash.</summary>
    public required string EmailKey { get; init; }

    public required string DisplayName { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? UpdatedAt { get; init; }

    public required long CredentialsVersion { get; init; }
}
