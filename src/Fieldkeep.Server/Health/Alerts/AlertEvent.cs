namespace Fieldkeep.Server.Health.Alerts;

/// <summary>Names what happens to an alert.</summary>
internal enum AlertEventKind
{
    /// <summary>A check does not stand well any more.</summary>
    Opened,

    /// <summary>A warning became failing.</summary>
    Worsened,

    /// <summary>What failed is a warning only.</summary>
    Eased,

    /// <summary>All is well again.</summary>
    Closed,
}

/// <summary>Something that happened to an alert.</summary>
/// <param name="Check">The check.</param>
/// <param name="Outcome">What was seen then.</param>
internal sealed record AlertEvent(string Check, AlertEventKind Kind, CheckOutcome Outcome, DateTimeOffset At);
