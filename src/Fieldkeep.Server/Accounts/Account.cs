using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>A person who can sign in. Needs a name, an e-mail address and a password, nothing more.</summary>
/// <param name="LastLoginAt">When they last signed in; null when never.</param>
internal sealed record Account(
    ActorId Id,
    string Email,
    string DisplayName,
    DateTimeOffset CreatedAt,
    DateTimeOffset? UpdatedAt,
    DateTimeOffset? LastLoginAt = null);
