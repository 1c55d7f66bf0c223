using Fieldkeep.Server.Access;

namespace Fieldkeep.Server.Accounts.Limited;

/// <summary>What limits a role held at a form to some of its submissions.</summary>
/// <param name="IsOwn">To those the person sent.</param>
/// <param name="Condition">To those a row condition holds for; null when to one's own.</param>
/// <param name="ExpiresAt">When the role ends by itself; null when never.</param>
internal sealed record RoleLimit(bool IsOwn, long? Condition, DateTimeOffset? ExpiresAt);

/// <summary>A role that someone holds for some submissions of a form.</summary>
/// <param name="Id">The number of the grant.</param>
/// <param name="Name">Who holds it; null for units and everyone.</param>
internal sealed record LimitedRole(long Id, Subject Subject, string? Name, string Role, RoleLimit Limit, DateTimeOffset GrantedAt);
