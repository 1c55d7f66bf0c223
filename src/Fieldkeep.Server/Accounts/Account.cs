using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>A person who can sign in. Needs a name, an e-mail address and a password, nothing more.</summary>
/// <param name="LastLoginAt">When they last signed in; null when never.</param>
/// <param name="CredentialsVersion">How often password and factors were changed when this was read; what is opened later looks at it again.</param>
internal sealed record Account(
    ActorId Id,
    string Email,
    string DisplayName,
    DateTimeOffset CreatedAt,
    DateTimeOffset? UpdatedAt,
    DateTimeOffset? LastLoginAt = null,
    long CredentialsVersion = 0);
