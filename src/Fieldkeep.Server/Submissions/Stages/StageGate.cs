using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Deployments;
using Fieldkeep.Server.Deployments.Stages;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Stages;

/// <summary>Lets what changes a submission of a deployment pass only as its state machine does, whichever door it came through.</summary>
internal sealed class StageGate(Policy policy, DeploymentCatalogue catalogue, StageMoves moves)
{
    /// <summary>Finds where a new submission goes: nowhere in particular when its sender collects for no deployment of the form.</summary>
    public async ValueTask<NewPlace> OfNewAsync(
        Actor sender, ProjectId project, FormId form, CancellationToken cancellationToken)
    {
        if (await catalogue.FindAsync(form, cancellationToken) is not { Count: > 0 } deployments)
        {
            return default;
        }

        var allowing = await policy.DecideAsync(sender, Permission.SubmissionCreate, project, form, cancellationToken);
        var own = DeploymentRoles.CollectedFor(allowing, deployments);
        var open = own.Where(deployment => deployment.IsActive).ToList();
        return open.Count > 1 ? new NewPlace(null, false, DeploymentProblems.Ambiguous())
            : open.Count == 1 ? new NewPlace(open[0].Id, open[0].Stages.Count == 0, null)
            : own.Count > 0 ? new NewPlace(null, false, DeploymentProblems.Closed(own[0].Name))
            : default;
    }

    /// <summary>Keeps the deployments of a form as they are until the commit. Before submissions are locked, never after.</summary>
    public async Task<HeldDeployments> HoldAsync(Tx tx, ProjectRef project, FormId form, CancellationToken cancellationToken) =>
        new(
            project,
            form,
            await catalogue.FindAsync(form, cancellationToken) is null
                ? null
                : await DeploymentRows.HoldOfFormAsync(tx, form, cancellationToken));

    /// <summary>
    /// Finds where a locked submission stands; null when it is in no deployment, or its deployment was deleted: then only who
    /// administers the form has to do with it.
    /// </summary>
    /// <exception cref="ProblemException"><c>submission.not_found</c>.</exception>
    public async Task<GatedSubmission?> FindAsync(
        Tx tx, HeldDeployments held, Actor actor, SubmissionId id, CancellationToken cancellationToken)
    {
        if (held.Deployments is not { } deployments || await StandingRows.FindAsync(tx, id, cancellationToken) is not { } at)
        {
            return null;
        }

        if (deployments.FirstOrDefault(one => one.Id == at.Deployment) is { } deployment)
        {
            return new GatedSubmission(held.Project, deployment, at);
        }

        var decision = await policy.DecideAsync(actor, Permission.SubmissionUpdate, held.Project.Id, held.Form, cancellationToken);
        return DeploymentRoles.IsFormAdmin(decision) ? null : throw SubmissionProblems.NotFound(at.InstanceId);
    }

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

    // An edit that makes no version, of what nobody has approved.
    private async Task<StageMove> EditFileAsync(Actor editor, GatedSubmission gated, CancellationToken cancellationToken)
    {
        var before = gated.At.Standing;
        var move = await EditAsync(editor with { Door = Door.Web }, gated, cancellationToken);
        return move with { After = move.After with { Version = before.Version, Editor = before.Editor } };
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
        if (held.Deployments is null
            || await StandingRows.LockAsync(tx, id, cancellationToken) is null
            || await FindAsync(tx, held, actor, id, cancellationToken) is not { } gated)
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

    /// <summary>
    /// Lets another file, or none, pass as the edit that it is, and writes what it makes of the submission. What waits for approval or
    /// is final is changed by a new version only: an approval is of what was looked at, files included.
    /// </summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>submission.not_found</c>, <c>transition.invalid</c>.</exception>
    public async Task ChangeFileAsync(
        Tx tx, HeldDeployments held, Actor actor, SubmissionId id, CancellationToken cancellationToken)
    {
        if (await FindAsync(tx, held, actor, id, cancellationToken) is { } gated)
        {
            await ChangeFileAsync(tx, actor, gated, cancellationToken);
        }
    }

    /// <summary>
    /// Lets a file come that was missing: from who sent the current version until somebody has approved that, else as another file would.
    /// </summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>submission.not_found</c>, <c>transition.invalid</c>.</exception>
    public async Task FillFileAsync(
        Tx tx, HeldDeployments held, Actor actor, SubmissionId id, CancellationToken cancellationToken)
    {
        if (await FindAsync(tx, held, actor, id, cancellationToken) is not { } gated)
        {
            return;
        }

        var at = gated.At.Standing;
        if (!WhoAsks.IsSender(actor, at.Editor) || at.Approvals.Any(approval => approval.Version == at.Version))
        {
            await ChangeFileAsync(tx, actor, gated, cancellationToken);
        }
    }

    private async Task ChangeFileAsync(Tx tx, Actor actor, GatedSubmission gated, CancellationToken cancellationToken)
    {
        var at = gated.At.Standing;
        if (at.State is SubmissionState.Pending or SubmissionState.Final)
        {
            throw StageProblems.Invalid(at.State, at.Stage);
        }

        await WriteAsync(tx, actor, gated, await EditFileAsync(actor, gated, cancellationToken), cancellationToken);
    }

    private static StageEventKind[] PhoneSteps(SubmissionState state) => state switch
    {
        SubmissionState.Pending or SubmissionState.Final => [StageEventKind.Redraft, StageEventKind.Edit, StageEventKind.Submit],
        _ => [StageEventKind.Edit, StageEventKind.Submit],
    };
}

/// <summary>Where a new submission goes.</summary>
/// <param name="Deployment">Null for none.</param>
/// <param name="IsFinal">Whether it is final there at once.</param>
/// <param name="Refusal">Why a new one is not taken: <c>deployment.closed</c>, <c>deployment.ambiguous</c>; null when it is.</param>
internal readonly record struct NewPlace(DeploymentId? Deployment, bool IsFinal, ProblemException? Refusal);

/// <summary>The deployments of a form, kept as they are until the commit.</summary>
/// <param name="Deployments">Null when the form never had any.</param>
internal sealed record HeldDeployments(ProjectRef Project, FormId Form, IReadOnlyList<Deployment>? Deployments);

/// <summary>A submission of a deployment, with both kept as they are until the commit.</summary>
internal sealed record GatedSubmission(ProjectRef Project, Deployment Deployment, StandingRow At);
