using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Deployments;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Stages;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>One use of a form.</summary>
/// <param name="Active">Whether its enumerators collect. A closed deployment takes nothing and shows them nothing.</param>
/// <param name="Stages">In the order they are passed; none when what is sent is final at once.</param>
/// <param name="Counts">How many submissions stand where, of those that the caller sees.</param>
/// <param name="MayChange">Whether the caller changes it and its people.</param>
/// <param name="Roles">The roles that the caller holds in it.</param>
internal sealed record DeploymentItem(
    long Id,
    string Name,
    bool Active,
    DeploymentOptions Options,
    IReadOnlyList<StageItem> Stages,
    IReadOnlyList<StandingCountItem> Counts,
    bool MayChange,
    IReadOnlyList<string> Roles,
    DateTimeOffset CreatedAt)
{
    /// <summary>Shows a deployment.</summary>
    public static DeploymentItem Of(SeenDeployment seen, IReadOnlyList<StandingCount> counts) => new(
        seen.Deployment.Id.Value,
        seen.Deployment.Name,
        seen.Deployment.IsActive,
        seen.Deployment.Options,
        [.. seen.Deployment.Stages.Select(StageItem.Of)],
        [.. counts.Where(count => count.DeploymentId == seen.Deployment.Id.Value).Select(StandingCountItem.Of)],
        seen.MayChange,
        seen.Roles,
        seen.Deployment.CreatedAt);
}

/// <summary>An approval stage.</summary>
/// <param name="MinApprovals">How many people must approve the same version.</param>
/// <param name="PreventEditing">Whether its approvers may only approve and reject.</param>
internal sealed record StageItem(long Id, string Name, int MinApprovals, bool PreventEditing)
{
    /// <summary>Shows a stage.</summary>
    public static StageItem Of(DeploymentStage stage) => new(stage.Id.Value, stage.Name, stage.MinApprovals, stage.PreventEditing);
}

/// <summary>How many submissions of a deployment stand somewhere.</summary>
/// <param name="State"><c>draft</c>, <c>pending</c>, <c>rejected</c> or <c>final</c>.</param>
/// <param name="StageId">The stage, of pending ones.</param>
/// <param name="OldestSince">Since when the one stands there that stands there longest.</param>
/// <param name="MeanSeconds">How long they stand there by now on average.</param>
internal sealed record StandingCountItem(string State, long? StageId, long Submissions, DateTimeOffset OldestSince, double MeanSeconds)
{
    /// <summary>Shows a count.</summary>
    public static StandingCountItem Of(StandingCount count) =>
        new(count.State, count.StageId, count.Submissions, count.OldestSince, count.MeanSeconds);
}

/// <summary>What can be chosen about a deployment; what is absent is off, or stays.</summary>
/// <param name="AllowSamePerson">Whether one person may collect and approve, or approve at two stages.</param>
/// <param name="ReapproveOnEdit">Whether an edit of a final submission sends it through the stages again.</param>
/// <param name="EnumeratorAdminFinal">Whether enumerators may take back what is final.</param>
/// <param name="ShowProvenanceToViewers">Whether viewers see who sent a submission, with which device, and what was said about it.</param>
internal sealed record WantedOptions(
    bool? AllowSamePerson, bool? ReapproveOnEdit, bool? EnumeratorAdminFinal, bool? ShowProvenanceToViewers)
{
    /// <summary>Gives the options.</summary>
    public DeploymentOptions Over(DeploymentOptions? before) => new(
        AllowSamePerson ?? before?.AllowSamePerson ?? false,
        ReapproveOnEdit ?? before?.ReapproveOnEdit ?? false,
        EnumeratorAdminFinal ?? before?.EnumeratorAdminFinal ?? false,
        ShowProvenanceToViewers ?? before?.ShowProvenanceToViewers ?? false);
}

/// <summary>A stage as it shall be.</summary>
/// <param name="Id">The stage that it is; absent for a new one.</param>
/// <param name="MinApprovals">1 to 20. Default: 1.</param>
/// <param name="PreventEditing">Default: false.</param>
internal sealed record StageBody(long? Id, [property: Required] string? Name, int? MinApprovals, bool? PreventEditing)
{
    /// <summary>Reads stages.</summary>
    public static IReadOnlyList<WantedStage> Read(IReadOnlyList<StageBody>? stages) =>
    [
        .. (stages ?? []).Select(stage => new WantedStage(
            stage.Id is { } id ? new StageId(id) : null, stage.Name ?? "", stage.MinApprovals ?? 1, stage.PreventEditing ?? false)),
    ];
}

/// <summary>A deployment to be made.</summary>
/// <param name="Stages">None when absent: what is sent is final at once.</param>
internal sealed record NewDeployment([property: Required] string? Name, WantedOptions? Options, IReadOnlyList<StageBody>? Stages);

/// <summary>What to change of a deployment; what is absent stays.</summary>
internal sealed record DeploymentPatch(string? Name, WantedOptions? Options);

/// <summary>The stages a deployment shall have, in order.</summary>
/// <param name="ConfirmFinal">How many submissions are known to become final by it; needed when there are any.</param>
internal sealed record StagesBody([property: Required] IReadOnlyList<StageBody>? Stages, long? ConfirmFinal);
