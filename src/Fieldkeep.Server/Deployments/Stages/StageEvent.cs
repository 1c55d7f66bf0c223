using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Deployments.Stages;

/// <summary>Names what can happen to a submission of a deployment.</summary>
internal enum StageEventKind
{
    /// <summary>Sent for approval.</summary>
    Submit,

    /// <summary>Approved at the stage it waits at.</summary>
    Approve,

    /// <summary>Sent back to its enumerator, with a message.</summary>
    Reject,

    /// <summary>Taken back by its enumerator.</summary>
    Redraft,

    /// <summary>Sent back to an earlier stage, with a message.</summary>
    Return,

    /// <summary>Thrown away; only for what nobody known sent.</summary>
    Discard,

    /// <summary>Brought back from there.</summary>
    Restore,

    /// <summary>A new version was made.</summary>
    Edit,
}

/// <summary>Something that someone wants to happen to a submission.</summary>
/// <param name="Kind">What.</param>
internal sealed record StageEvent(StageEventKind Kind)
{
    /// <summary>Why; rejecting and returning need it.</summary>
    public string? Message { get; init; }

    /// <summary>The earlier stage to return to.</summary>
    public StageId? To { get; init; }

    /// <summary>The version that whoever decides has looked at; approving needs it.</summary>
    public int? Version { get; init; }

    /// <summary>The stage it stood at when they looked; null to take any. At the doors approving needs it.</summary>
    public StageId? Stage { get; init; }
}

/// <summary>Names why something may not happen.</summary>
internal enum StageRefusal
{
    /// <summary>Nothing of the kind happens from where the submission stands.</summary>
    Invalid,

    /// <summary>It does, but not by this actor.</summary>
    NotAllowed,

    /// <summary>The same person collected, edited or approved it before: four eyes see more than two.</summary>
    SamePerson,

    /// <summary>It needs a message.</summary>
    NoMessage,

    /// <summary>There is a newer version than the one looked at.</summary>
    Outdated,
}

/// <summary>How the state machine answers.</summary>
/// <param name="After">Where the submission stands then; null when it was refused.</param>
/// <param name="IsOverride">Whether someone used a manager's right to pass over the rule.</param>
/// <param name="Refusal">Why not; null when it happens.</param>
internal sealed record StageOutcome(Standing? After, bool IsOverride, StageRefusal? Refusal)
{
    /// <summary>It happens.</summary>
    public static StageOutcome Moved(Standing after, bool isOverride = false) => new(after, isOverride, null);

    /// <summary>It does not.</summary>
    public static StageOutcome Refused(StageRefusal refusal) => new(null, false, refusal);
}
