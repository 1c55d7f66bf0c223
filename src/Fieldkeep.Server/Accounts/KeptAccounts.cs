using Fieldkeep.Server.Database;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Accounts;

/// <summary>
/// Tokens and sessions, by hash, and what of accounts is asked with them, as they are kept for when the database is away. No passwords, no names; of an e-mail
/// address a keyed hash.
/// </summary>
internal sealed class KeptAccounts(Keyring keyring, TimeProvider clock)
{
    /// <summary>How many kinds there are.</summary>
    public const int Kinds = 6;

    private const string AllPhones = """
        select app_users.token_hash, app_users.actor_id, app_users.project_id
        from accounts.app_users join accounts.actors on actors.id = app_users.actor_id
        where app_users.revoked_at is null and actors.deleted_at is null
        order by app_users.actor_id
        """;

    private const string AllLinks = """
        select public_links.token_hash, public_links.actor_id, public_links.project_id, public_links.form_id
        from accounts.public_links join accounts.actors on actors.id = public_links.actor_id
        where public_links.revoked_at is null and actors.deleted_at is null
        order by public_links.actor_id
        """;

    private const string AllAccounts = """
        select actor_id, second_factor_since is not null as has_factor, factor_asked_at, credentials_version
        from accounts.accounts where deleted_at is null
        order by actor_id
        """;

    private const string AllFactorRules = "select unit_id from accounts.factor_rules order by unit_id";

    /// <summary>Phones, by their token's hash.</summary>
    public KeptRows<KeptToken> Phones { get; } = new("accounts.app_users", AllPhones, row => KeyOf(row.TokenHash));

    /// <summary>Public links, by their token's hash.</summary>
    public KeptRows<KeptToken> Links { get; } = new("accounts.public_links", AllLinks, row => KeyOf(row.TokenHash));

    /// <summary>Accounts, by number.</summary>
    public KeptRows<KeptAccount> People { get; } = new("accounts.accounts", AllAccounts, row => $"{row.ActorId}");

    /// <summary>Units whose people must have a second factor; 0 for everyone.</summary>
    public KeptRows<KeptFactorRule> FactorRules { get; } = new("accounts.factor_rules", AllFactorRules, _ => "");

    /// <summary>Sessions, by their token's hash.</summary>
    public KeptRows<SessionRow> Sessions { get; } = new("accounts.sessions", Accounts.Sessions.All, row => KeyOf(row.TokenHash))
    {
        IsKept = row => row.IsGood(clock.GetUtcNow()),
        Keep = row => row with { DisplayName = "", Email = "" },
        Steady = row => row with { LastSeenAt = default },
    };

    /// <summary>API tokens and app passwords, by hash; in the place of the address its keyed hash.</summary>
    public KeptRows<Tokens.AccessTokenRow> Tokens { get; } = new("accounts.access_tokens", Accounts.Tokens.AccessTokens.All, row => KeyOf(row.TokenHash))
    {
        IsKept = row => row.ExpiresAt > clock.GetUtcNow(),
        Keep = row => row with { DisplayName = "", Email = "", EmailKey = MacOf(keyring, row.EmailKey), LastUsedAt = null, UpdatedAt = null },
    };

    /// <summary>Gives the keyed hash of an e-mail address, as compared.</summary>
    public string MacOf(string emailKey) => MacOf(keyring, emailKey);

    /// <summary>Puts the keyed hash in the place of the address by which a token is compared, as in those that are kept.</summary>
    public Tokens.AccessTokenRow? Mask(Tokens.AccessTokenRow? row) => row is null ? null : row with { EmailKey = MacOf(row.EmailKey) };

    private static string MacOf(Keyring keyring, string emailKey) => Convert.ToBase64String(keyring.SessionKey.Compute("accounts.kept_email", emailKey));

    /// <summary>All of them.</summary>
    public IReadOnlyList<KeptRows> All => [Phones, Links, People, FactorRules, Sessions, Tokens];

    /// <summary>Gives what rows with a token are found by.</summary>
    public static string KeyOf(byte[]? hash) => Convert.ToBase64String(hash ?? []);
}

/// <summary>A phone or a public link.</summary>
internal sealed record KeptToken
{
    public byte[]? TokenHash { get; init; }

    public long ActorId { get; init; }

    public long ProjectId { get; init; }

    public long FormId { get; init; }
}

/// <summary>What is asked of an account.</summary>
internal sealed record KeptAccount
{
    public long ActorId { get; init; }

    public bool HasFactor { get; init; }

    public DateTimeOffset? FactorAskedAt { get; init; }

    public long CredentialsVersion { get; init; }
}

/// <summary>Whose people must have a second factor.</summary>
internal sealed record KeptFactorRule
{
    public long UnitId { get; init; }
}
