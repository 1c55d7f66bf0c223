using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Someone signed in: a browser with a cookie or a script with a bearer token.</summary>
/// <param name="IsCookie">Held in a browser's cookie, so changes need the CSRF token.</param>
/// <param name="ExpiresAt">The end whatever happens; it may end sooner when idle.</param>
internal sealed record Session(
    long Id, ActorId Account, string DisplayName, string Email, bool IsCookie, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt)
{
    /// <summary>When it last proved itself again with password and code, or with a passkey; signing in counts.</summary>
    public DateTimeOffset ConfirmedAt { get; init; } = CreatedAt;

    /// <summary>What the token it was opened with was made for; null for a session opened by a person.</summary>
    public ActorBounds? Bounds { get; init; }

    /// <summary>Whether the account has a second factor.</summary>
    public bool HasSecondFactor { get; init; }

    /// <summary>When the account was first asked for a second factor that it must have; null when it was not.</summary>
    public DateTimeOffset? FactorAskedAt { get; init; }
}

/// <summary>A session that was just begun, with the token that is shown this once.</summary>
internal sealed record NewSession(string Token, Session Session)
{
    /// <summary>Whether it is a browser's that is not known to have signed in to this account before.</summary>
    public bool IsNewDevice { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"NewSession {{ {Session.Id} }}";
}
