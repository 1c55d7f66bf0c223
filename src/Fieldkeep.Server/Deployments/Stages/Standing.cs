using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Deployments.Stages;

/// <summary>Says where a submission of a deployment stands.</summary>
internal enum SubmissionState
{
    /// <summary>Its enumerator still works on it.</summary>
    Draft,

    /// <summary>It waits for approval at a stage.</summary>
    Pending,

    /// <summary>It went back to its enumerator, with a message.</summary>
    Rejected,

    /// <summary>All stages approved it: viewers see it.</summary>
    Final,

    /// <summary>It was thrown away and lies in the trash.</summary>
    Discarded,
}

/// <summary>Where one submission stands on its way through the stages.</summary>
/// <param name="State">Its state.</param>
/// <param name="Stage">The stage it waits at; null unless it is pending.</param>
/// <param name="Version">Its current version.</param>
/// <param name="Enumerator">Who sent it first; null for someone unknown behind a public link.</param>
/// <param name="Editor">Who made the current version.</param>
/// <param name="Approvals">Those in force, in the order they were given.</param>
internal sealed record Standing(
    SubmissionState State, StageId? Stage, int Version, ActorId? Enumerator, ActorId Editor, IReadOnlyList<StageApproval> Approvals);

/// <summary>One approval of one version at one stage.</summary>
/// <param name="IsOverride">Given by someone who is not an approver of the stage, or against the four-eyes rule.</param>
internal sealed record StageApproval(StageId Stage, ActorId By, int Version, bool IsOverride);

/// <summary>The way that submissions of a deployment go, and the options that change it.</summary>
/// <param name="Stages">In the order they are passed; none when what is sent is final at once.</param>
/// <param name="AllowsSamePerson">Whether one person may collect and approve, or approve at two stages.</param>
/// <param name="ReapprovesOnEdit">Whether an edit of a final submission sends it to the first stage again.</param>
/// <param name="EnumeratorReopensFinal">Whether enumerators may take back what is final.</param>
internal sealed record StageRules(
    IReadOnlyList<StageRule> Stages, bool AllowsSamePerson, bool ReapprovesOnEdit, bool EnumeratorReopensFinal)
{
    /// <summary>Gives a stage's place from 0; -1 when it is none of these.</summary>
    public int PlaceOf(StageId? stage)
    {
        for (var at = 0; at < Stages.Count; at++)
        {
            if (Stages[at].Id == stage)
            {
                return at;
            }
        }

        return -1;
    }
}

/// <summary>One stage.</summary>
/// <param name="MinApprovals">How many approvals of the same version pass it.</param>
/// <param name="PreventsEditing">Whether its approvers may only approve and reject.</param>
internal sealed record StageRule(StageId Id, int MinApprovals, bool PreventsEditing);

/// <summary>Whoever does something, as far as the stages of one deployment are concerned.</summary>
/// <param name="Id">The actor.</param>
/// <param name="IsEnumerator">Collects for the deployment, and it is open.</param>
/// <param name="Approves">The stages they are an approver of.</param>
/// <param name="IsManager">Manager or administrator of the deployment, or of the form.</param>
/// <param name="IsFormAdmin">Manages the form or what is above it.</param>
internal sealed record StageActor(
    ActorId Id, bool IsEnumerator, IReadOnlySet<StageId> Approves, bool IsManager, bool IsFormAdmin);
