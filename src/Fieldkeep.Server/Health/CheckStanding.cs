namespace Fieldkeep.Server.Health;

/// <summary>What was last seen of a check.</summary>
/// <param name="Name">The check.</param>
/// <param name="Outcome">What was seen.</param>
/// <param name="Since">Since when it has this state.</param>
/// <param name="LookedAt">When it was last looked at.</param>
internal sealed record CheckStanding(string Name, CheckOutcome Outcome, DateTimeOffset Since, DateTimeOffset LookedAt);
