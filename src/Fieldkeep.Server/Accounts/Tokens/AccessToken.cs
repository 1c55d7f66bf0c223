using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Tokens;

/// <summary>What a program or a phone signs in with in a person's name; its secret is not among it.</summary>
/// <param name="Kind"><c>token</c> or <c>app_password</c>.</param>
/// <param name="Scopes">Words of <see cref="TokenScopes"/>.</param>
/// <param name="Projects">The projects it reaches; null for all that its owner reaches.</param>
/// <param name="Networks">Addresses and networks it may be used from, such as <c>192.0.2.0/24</c>; none for anywhere.</param>
/// <param name="EndedAt">When it was revoked, or ended with a password or an account; null while it is good.</param>
internal sealed record AccessToken(
    long Id,
    string Kind,
    string Name,
    IReadOnlyList<string> Scopes,
    IReadOnlyList<long>? Projects,
    IReadOnlyList<string> Networks,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? LastUsedAt,
    DateTimeOffset? EndedAt);

/// <summary>A token just made, with its secret, which is shown this once.</summary>
internal sealed record NewToken(AccessToken Token, string Secret)
{
    /// <inheritdoc/>
    public override string ToString() => $"NewToken {{ {Token.Id} }}";
}

/// <summary>Whom a token speaks for, and within which bounds.</summary>
internal sealed record TokenIdentity(long Id, Account Owner, bool IsAppPassword, DateTimeOffset ExpiresAt, ActorBounds Bounds)
{
    /// <summary>The keyed hash of its owner's e-mail address, as compared.</summary>
    public string EmailMac { get; init; } = "";
}
