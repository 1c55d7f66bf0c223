namespace Fieldkeep.Server.Health.Alerts;

/// <summary>A time in which a check did not stand well.</summary>
/// <param name="Machine">The machine of the server that noticed it.</param>
/// <param name="State">How it stands; how it stood last when it is closed.</param>
/// <param name="Worst">How it stood at its worst.</param>
/// <param name="Outcome">What was seen when it opened, or when its state last changed for another than good.</param>
/// <param name="IsBelievedFailing">Whether people were told that it fails, and not that it does not.</param>
/// <param name="Note">What somebody wrote when they said that they know; null when nobody did.</param>
internal sealed record Alert(
    long Id,
    string Machine,
    string Check,
    CheckState State,
    CheckState Worst,
    CheckOutcome Outcome,
    DateTimeOffset OpenedAt,
    DateTimeOffset? ClosedAt,
    bool IsBelievedFailing,
    DateTimeOffset? ToldAt,
    DateTimeOffset? AcknowledgedAt,
    long? AcknowledgedBy,
    string? Note);
