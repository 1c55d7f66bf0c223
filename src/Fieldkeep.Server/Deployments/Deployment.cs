using Fieldkeep.Server.Deployments.Stages;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Deployments;

/// <summary>One use of a form: its stages and options. Its people are grants at it.</summary>
/// <param name="IsActive">Whether its enumerators collect; a closed one shows them nothing.</param>
/// <param name="Stages">In the order they are passed.</param>
internal sealed record Deployment(
    DeploymentId Id,
    ProjectId Project,
    FormId Form,
    string Name,
    bool IsActive,
    DeploymentOptions Options,
    IReadOnlyList<DeploymentStage> Stages,
    DateTimeOffset CreatedAt)
{
    /// <summary>The way its submissions go.</summary>
    public StageRules Rules { get; } = new(
        [.. Stages.Select(stage => new StageRule(stage.Id, stage.MinApprovals, stage.PreventEditing))],
        Options.AllowSamePerson,
        Options.ReapproveOnEdit,
        Options.EnumeratorAdminFinal);
}

/// <summary>One approval stage.</summary>
/// <param name="MinApprovals">How many people must approve the same version.</param>
/// <param name="PreventEditing">Whether its approvers may only approve and reject.</param>
internal sealed record DeploymentStage(StageId Id, string Name, int MinApprovals, bool PreventEditing);

/// <summary>What can be chosen about a deployment.</summary>
/// <param name="AllowSamePerson">Whether one person may collect and approve, or approve at two stages.</param>
/// <param name="ReapproveOnEdit">Whether an edit of a final submission sends it through the stages again.</param>
/// <param name="EnumeratorAdminFinal">Whether enumerators may take back what is final.</param>
/// <param name="ShowProvenanceToViewers">Whether viewers see who sent a submission, with which device, and what was said about it.</param>
internal sealed record DeploymentOptions(
    bool AllowSamePerson, bool ReapproveOnEdit, bool EnumeratorAdminFinal, bool ShowProvenanceToViewers);

/// <summary>A stage as someone wants it.</summary>
/// <param name="Id">The stage that it is; null for a new one.</param>
internal sealed record WantedStage(StageId? Id, string Name, int MinApprovals, bool PreventEditing);
