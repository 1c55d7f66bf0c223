using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Deployments.Stages;

/// <summary>Says what an event makes of a submission of a deployment: the table of states and events as a pure function.</summary>
/// <remarks>Refused first for where the submission stands, then for who asks, then for what they looked at.</remarks>
internal static class StageMachine
{
    /// <summary>Gives where a submission begins, and where what is sent again goes.</summary>
    public static (SubmissionState State, StageId? Stage) EntryOf(StageRules rules) =>
        rules.Stages.Count == 0 ? (SubmissionState.Final, null) : (SubmissionState.Pending, rules.Stages[0].Id);

    /// <summary>Gives what becomes of a submission.</summary>
    public static StageOutcome Next(Standing at, StageEvent wanted, StageActor by, StageRules rules) => wanted.Kind switch
    {
        StageEventKind.Submit => Submit(at, by, rules),
        StageEventKind.Approve => Approve(at, wanted, by, rules),
        StageEventKind.Reject => Reject(at, wanted, by, rules),
        StageEventKind.Redraft => Redraft(at, by, rules),
        StageEventKind.Return => Return(at, wanted, by, rules),
        StageEventKind.Discard => Discard(at, by),
        StageEventKind.Restore => Restore(at, by, rules),
        _ => Edit(at, by, rules),
    };

    /// <summary>Gives where a submission stands once the list of stages is another one: at its stage, or at the next that is left.</summary>
    /// <param name="before">The stages as they were, in order.</param>
    public static Standing Relisted(Standing at, IReadOnlyList<StageId> before, StageRules rules)
    {
        if (at.State != SubmissionState.Pending || rules.PlaceOf(at.Stage) >= 0)
        {
            return at;
        }

        var next = before.SkipWhile(stage => stage != at.Stage).Skip(1).Where(stage => rules.PlaceOf(stage) >= 0).ToList();
        return next.Count == 0
            ? at with { State = SubmissionState.Final, Stage = null }
            : at with { Stage = next[0] };
    }

    /// <summary>Tells whether someone may move a submission to the trash.</summary>
    public static bool MayTrash(Standing at, StageActor by, StageRules rules) => at.State switch
    {
        SubmissionState.Draft => by.IsFormAdmin || IsOwn(at, by),
        SubmissionState.Rejected => by.IsManager || IsOwn(at, by),
        SubmissionState.Pending => by.IsManager || IsEditingApprover(at, by, rules),
        SubmissionState.Final => by.IsManager,
        _ => false,
    };

    /// <summary>Tells whether someone's approval of the current version is in force at a stage before the one it waits at.</summary>
    public static bool HasApprovedBefore(Standing at, ActorId who) =>
        at.Approvals.Any(given => given.By == who && given.Version == at.Version && given.Stage != at.Stage);

    private static StageOutcome Submit(Standing at, StageActor by, StageRules rules)
    {
        if (at.State is not (SubmissionState.Draft or SubmissionState.Rejected))
        {
            return StageOutcome.Refused(StageRefusal.Invalid);
        }

        return IsOwn(at, by) || by.IsManager
            ? StageOutcome.Moved(Entered(at, rules), isOverride: !IsOwn(at, by))
            : StageOutcome.Refused(StageRefusal.NotAllowed);
    }

    private static StageOutcome Approve(Standing at, StageEvent wanted, StageActor by, StageRules rules)
    {
        if (at.State != SubmissionState.Pending || at.Stage is not { } stage || IsElsewhere(at, wanted))
        {
            return StageOutcome.Refused(StageRefusal.Invalid);
        }

        if (RefusalAtStage(at, by, rules) is { } refusal)
        {
            return StageOutcome.Refused(refusal);
        }

        if (wanted.Version != at.Version)
        {
            return StageOutcome.Refused(StageRefusal.Outdated);
        }

        // One person counts once at a stage, whatever they are.
        var given = at.Approvals.Where(approval => approval.Stage == stage && approval.Version == at.Version).ToList();
        var isSame = by.Id == at.Enumerator || by.Id == at.Editor
            || at.Approvals.Any(approval => approval.Stage != stage && approval.By == by.Id);
        var isAgainstRule = isSame && !rules.AllowsSamePerson;
        if (given.Exists(approval => approval.By == by.Id) || (isAgainstRule && !by.IsManager))
        {
            return StageOutcome.Refused(StageRefusal.SamePerson);
        }

        var isOverride = isAgainstRule || !by.Approves.Contains(stage);
        var approved = at with { Approvals = [.. at.Approvals, new StageApproval(stage, by.Id, at.Version, isOverride)] };
        var place = rules.PlaceOf(stage);
        return StageOutcome.Moved(given.Count + 1 < rules.Stages[place].MinApprovals ? approved : Passed(approved, place, rules), isOverride);
    }

    private static StageOutcome Reject(Standing at, StageEvent wanted, StageActor by, StageRules rules)
    {
        if (at.State is not (SubmissionState.Pending or SubmissionState.Final) || IsElsewhere(at, wanted))
        {
            return StageOutcome.Refused(StageRefusal.Invalid);
        }

        var refusal = at.State == SubmissionState.Pending
            ? RefusalAtStage(at, by, rules)
            : by.IsManager ? null : StageRefusal.NotAllowed;
        return (refusal ?? RefusalOfMessage(at, wanted)) is { } why
            ? StageOutcome.Refused(why)
            : StageOutcome.Moved(
                at with { State = SubmissionState.Rejected, Stage = null, Approvals = [] },
                isOverride: at.Stage is { } stage && !by.Approves.Contains(stage));
    }

    private static StageOutcome Redraft(Standing at, StageActor by, StageRules rules)
    {
        if (at.State is SubmissionState.Draft or SubmissionState.Discarded)
        {
            return StageOutcome.Refused(StageRefusal.Invalid);
        }

        return IsOwn(at, by) && (at.State != SubmissionState.Final || rules.EnumeratorReopensFinal)
            ? StageOutcome.Moved(at with { State = SubmissionState.Draft, Stage = null, Approvals = [] })
            : StageOutcome.Refused(StageRefusal.NotAllowed);
    }

    private static StageOutcome Return(Standing at, StageEvent wanted, StageActor by, StageRules rules)
    {
        var to = rules.PlaceOf(wanted.To);
        if (at.State != SubmissionState.Pending || IsElsewhere(at, wanted) || to < 0 || to >= rules.PlaceOf(at.Stage))
        {
            return StageOutcome.Refused(StageRefusal.Invalid);
        }

        if ((RefusalAtStage(at, by, rules) ?? RefusalOfMessage(at, wanted)) is { } refusal)
        {
            return StageOutcome.Refused(refusal);
        }

        var kept = at.Approvals.Where(approval => rules.PlaceOf(approval.Stage) is var place && place >= 0 && place < to);
        return StageOutcome.Moved(
            at with { Stage = wanted.To, Approvals = [.. kept] },
            isOverride: at.Stage is { } stage && !by.Approves.Contains(stage));
    }

    private static StageOutcome Discard(Standing at, StageActor by)
    {
        if (at.State != SubmissionState.Pending || at.Enumerator is not null)
        {
            return StageOutcome.Refused(StageRefusal.Invalid);
        }

        return by.IsManager
            ? StageOutcome.Moved(at with { State = SubmissionState.Discarded, Stage = null, Approvals = [] })
            : StageOutcome.Refused(StageRefusal.NotAllowed);
    }

    private static StageOutcome Restore(Standing at, StageActor by, StageRules rules)
    {
        if (at.State != SubmissionState.Discarded)
        {
            return StageOutcome.Refused(StageRefusal.Invalid);
        }

        return by.IsManager ? StageOutcome.Moved(Entered(at, rules)) : StageOutcome.Refused(StageRefusal.NotAllowed);
    }

    private static StageOutcome Edit(Standing at, StageActor by, StageRules rules)
    {
        var edited = at with { Version = at.Version + 1, Editor = by.Id };
        switch (at.State)
        {
            case SubmissionState.Draft when IsOwn(at, by) || by.IsFormAdmin:
            case SubmissionState.Rejected when IsOwn(at, by) || by.IsManager:
                return StageOutcome.Moved(edited);
            case SubmissionState.Pending when by.IsManager || IsEditingApprover(at, by, rules):
                return StageOutcome.Moved(at.Stage is { } stage && by.Approves.Contains(stage) ? edited : Entered(edited, rules));
            case SubmissionState.Final when by.IsManager:
                return StageOutcome.Moved(rules.ReapprovesOnEdit ? Entered(edited, rules) : edited);
            case SubmissionState.Discarded:
                return StageOutcome.Refused(StageRefusal.Invalid);
            default:
                return StageOutcome.Refused(StageRefusal.NotAllowed);
        }
    }

    private static Standing Entered(Standing at, StageRules rules)
    {
        var (state, stage) = EntryOf(rules);
        return at with { State = state, Stage = stage, Approvals = [] };
    }

    private static Standing Passed(Standing at, int place, StageRules rules) => place + 1 < rules.Stages.Count
        ? at with { Stage = rules.Stages[place + 1].Id }
        : at with { State = SubmissionState.Final, Stage = null };

    private static bool IsOwn(Standing at, StageActor by) => by.IsEnumerator && at.Enumerator == by.Id;

    private static bool IsElsewhere(Standing at, StageEvent wanted) => wanted.Stage is { } looked && looked != at.Stage;

    private static bool IsEditingApprover(Standing at, StageActor by, StageRules rules) =>
        at.Stage is { } stage && by.Approves.Contains(stage) && rules.PlaceOf(stage) is var place && place >= 0
        && !rules.Stages[place].PreventsEditing;

    // An approver of an earlier stage looked at it before it moved on: that is no lack of rights.
    private static StageRefusal? RefusalAtStage(Standing at, StageActor by, StageRules rules)
    {
        if (by.IsManager || (at.Stage is { } stage && by.Approves.Contains(stage)))
        {
            return null;
        }

        var place = rules.PlaceOf(at.Stage);
        return rules.Stages.Take(place).Any(earlier => by.Approves.Contains(earlier.Id))
            ? StageRefusal.Invalid
            : StageRefusal.NotAllowed;
    }

    private static StageRefusal? RefusalOfMessage(Standing at, StageEvent wanted) =>
        string.IsNullOrWhiteSpace(wanted.Message) ? StageRefusal.NoMessage
        : wanted.Version is { } version && version != at.Version ? StageRefusal.Outdated
        : null;
}
