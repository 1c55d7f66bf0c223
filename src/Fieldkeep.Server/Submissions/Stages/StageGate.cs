using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Deployments;
using Fieldkeep.Server.Deployments.Stages;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Stages;

/// <summary>Lets what changes a submission of a deployment pass only as its state machine does, whichever door it came through (semantics S2.g).</summary>
internal sealed class StageGate(Policy policy, DeploymentCatalogue catalogue, StageMoves moves)
{
    /// <summary>Finds the deployment that a new submission goes to; null when its sender collects for none of the form.</summary>
    /// <exception cref="ProblemException"><c>deployment.closed</c>, <c>deployment.ambiguous</c>.</exception>
    public async ValueTask<DeploymentId?> OfNewAsync(
        Actor sender, ProjectId project, FormId form, CancellationToken cancellationToken)
    {
        if (await catalogue.FindAsync(form, cancellationToken) is not { Count: > 0 } deployments)
        {
            return null;
        }

        var allowing = await policy.DecideAsync(sender, Permission.SubmissionCreate, project, form, cancellationToken);
        var own = DeploymentRoles.CollectedFor(allowing, deployments);
        var open = own.Where(deployment => deployment.IsActive).ToList();
        return open.Count > 1 ? throw DeploymentProblems.Ambiguous()
            : open.Count == 1 ? open[0].Id
            : own.Count > 0 ? throw DeploymentProblems.Closed(own[0].Name)
            : null;
    }

    /// <summary>Keeps the deployments of a form as they are until the commit. Before submissions are locked, never after.</summary>
    public async Task<HeldDeployments> HoldAsync(Tx tx, ProjectRef project, FormId form, CancellationToken cancellationToken) =>
        new(
            project,
            await catalogue.FindAsync(form, cancellationToken) is null
                ? []
                : await DeploymentRows.HoldOfFormAsync(tx, form, cancellationToken));

    /// <summary>Finds where a locked submission stands; null when it is in no deployment, or its deployment was deleted.</summary>
    public static async Task<GatedSubmission?> FindAsync(
        Tx tx, HeldDeployments held, SubmissionId id, CancellationToken cancellationToken) =>
        held.Deployments.Count > 0
        && await StandingRows.FindAsync(tx, id, cancellationToken) is { } at
        && held.Deployments.FirstOrDefault(one => one.Id == at.Deployment) is { } deployment
            ? new GatedSubmission(held.Project, deployment, at)
            : null;

    /// <summary>Decides what an edit makes of it. What a phone sends is sent: its enumerator's edit goes to the first stage.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>transition.invalid</c>.</exception>
    public async Task<StageMove> EditAsync(Actor editor, GatedSubmission gated, CancellationToken cancellationToken)
    {
        var by = await moves.ActorOfAsync(editor, gated.Project.Id, gated.Deployment, cancellationToken);
        var isFromPhone = editor.Door == Door.OpenRosa && by.IsEnumerator && gated.At.Standing.Enumerator == by.Id;
        var (at, isOverride) = (gated.At.Standing, false);
        foreach (var step in isFromPhone ? PhoneSteps(at.State) : [StageEventKind.Edit])
        {
            var outcome = StageMachine.Next(at, new StageEvent(step), by, gated.Deployment.Rules);
            at = outcome.After ?? throw StageProblems.Of(outcome.Refusal ?? StageRefusal.Invalid, at);
            isOverride |= outcome.IsOverride;
        }

        return new StageMove(isFromPhone ? "resubmit" : "edit", null, at, isOverride);
    }

    // An edit that makes no version: what approved it before no longer counts.
    private async Task<StageMove> EditFileAsync(Actor editor, GatedSubmission gated, CancellationToken cancellationToken)
    {
        var before = gated.At.Standing;
        var move = await EditAsync(editor with { Door = Door.Web }, gated, cancellationToken);
        return move with { After = move.After with { Version = before.Version, Editor = before.Editor, Approvals = [] } };
    }

    /// <summary>Writes what was decided.</summary>
    public Task WriteAsync(Tx tx, Actor actor, GatedSubmission gated, StageMove move, CancellationToken cancellationToken) =>
        moves.WriteAsync(tx, actor, gated.Project, gated.Deployment, gated.At, move, cancellationToken);

    /// <summary>Refuses to move a submission to the trash, unless the actor may from where it stands.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task RequireTrashAsync(
        Tx tx, Actor actor, SubmissionSet set, SubmissionId id, CancellationToken cancellationToken)
    {
        var held = await HoldAsync(tx, set.Project, set.Form, cancellationToken);
        if (held.Deployments.Count == 0
            || await StandingRows.LockAsync(tx, id, cancellationToken) is null
            || await FindAsync(tx, held, id, cancellationToken) is not { } gated)
        {
            return;
        }

        var by = await moves.ActorOfAsync(actor, gated.Project.Id, gated.Deployment, cancellationToken);
        if (!StageMachine.MayTrash(gated.At.Standing, by, gated.Deployment.Rules))
        {
            throw AccessProblems.Denied();
        }
    }

    /// <summary>Brings back what was discarded to where it begins; what was only deleted stands where it stood.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task RestoreAsync(
        Tx tx, Actor actor, GatedSubmission gated, string? notes, CancellationToken cancellationToken)
    {
        var by = await moves.ActorOfAsync(actor, gated.Project.Id, gated.Deployment, cancellationToken);
        if (gated.At.Standing.State == SubmissionState.Discarded)
        {
            var outcome = StageMachine.Next(gated.At.Standing, new StageEvent(StageEventKind.Restore), by, gated.Deployment.Rules);
            var after = outcome.After ?? throw StageProblems.Of(outcome.Refusal ?? StageRefusal.Invalid, gated.At.Standing);
            await WriteAsync(tx, actor, gated, new StageMove("restore", notes, after, outcome.IsOverride), cancellationToken);
        }
        else if (!StageMachine.MayTrash(gated.At.Standing, by, gated.Deployment.Rules))
        {
            throw AccessProblems.Denied();
        }
    }

    /// <summary>Lets another file pass as the edit that it is, and writes what it makes of the submission.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>transition.invalid</c>.</exception>
    public async Task ChangeFileAsync(
        Tx tx, HeldDeployments held, Actor actor, SubmissionId id, CancellationToken cancellationToken)
    {
        if (await FindAsync(tx, held, id, cancellationToken) is { } gated)
        {
            await WriteAsync(tx, actor, gated, await EditFileAsync(actor, gated, cancellationToken), cancellationToken);
        }
    }

    private static StageEventKind[] PhoneSteps(SubmissionState state) => state switch
    {
        SubmissionState.Pending or SubmissionState.Final => [StageEventKind.Redraft, StageEventKind.Edit, StageEventKind.Submit],
        _ => [StageEventKind.Edit, StageEventKind.Submit],
    };
}

/// <summary>The deployments of a form, kept as they are until the commit.</summary>
internal sealed record HeldDeployments(ProjectRef Project, IReadOnlyList<Deployment> Deployments);

/// <summary>A submission of a deployment, with both kept as they are until the commit.</summary>
internal sealed record GatedSubmission(ProjectRef Project, Deployment Deployment, StandingRow At);
