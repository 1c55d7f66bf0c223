using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Deployments;
using Fieldkeep.Server.Deployments.Stages;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions.Conditions;
using Fieldkeep.Server.Submissions.Editing;
using Fieldkeep.Server.Submissions.History;

namespace Fieldkeep.Server.Submissions.Stages;

/// <summary>Moves one submission in the caller's transaction: asks the state machine, writes what it says, and the history of it.</summary>
internal sealed class StageMoves(Policy policy, MatchConditions conditions, SubmissionBooks books, TimeProvider clock)
{
    /// <summary>Gives what an actor is to a deployment. A deployment that was deleted has only form administrators.</summary>
    public async Task<StageActor> ActorOfAsync(
        Actor actor, ProjectId project, Deployment deployment, CancellationToken cancellationToken) =>
        DeploymentRoles.StageActorOf(
            actor,
            await policy.DecideAsync(actor, Permission.SubmissionUpdate, project, deployment.Form, cancellationToken),
            deployment);

    /// <summary>Moves it, unless the machine refuses; then nothing is written.</summary>
    /// <param name="at">Where it stands; locked.</param>
    public async Task<StageOutcome> MoveAsync(
        Tx tx,
        Actor actor,
        ProjectRef project,
        Deployment deployment,
        StandingRow at,
        StageEvent wanted,
        CancellationToken cancellationToken)
    {
        var by = await ActorOfAsync(actor, project.Id, deployment, cancellationToken);
        var outcome = StageMachine.Next(at.Standing, wanted, by, deployment.Rules);
        if (outcome.After is { } after)
        {
            await WriteAsync(tx, actor, project, deployment, at, new StageMove(NameOf(wanted.Kind), wanted.Message, after, outcome.IsOverride), cancellationToken);
        }

        return outcome;
    }

    /// <summary>Writes where a submission stands now, and that into its history, the ledger and the audit book.</summary>
    public async Task WriteAsync(
        Tx tx,
        Actor actor,
        ProjectRef project,
        Deployment deployment,
        StandingRow at,
        StageMove move,
        CancellationToken cancellationToken)
    {
        var approvers = at.Standing.Approvals.Select(approval => approval.By);
        await StandingRows.WriteAsync(tx, at, move.After, [.. approvers.Append(actor.Id)], clock.GetUtcNow(), cancellationToken);
        await AskAgainAsync(tx, project, deployment, at, move.After, cancellationToken);
        await books.AppendAsync(tx, actor, project, ActOf(project, deployment, at, move), cancellationToken);
    }

    /// <summary>
    /// Writes where up to a few hundred submissions stand after the list of stages was changed, with all of their books, in a few
    /// statements: whoever changes the list holds up the deployment's phones until the last has moved.
    /// </summary>
    public async Task RelistAsync(
        Tx tx,
        Actor actor,
        ProjectRef project,
        Deployment deployment,
        IReadOnlyList<(StandingRow At, Standing After)> moved,
        CancellationToken cancellationToken)
    {
        await StandingRows.RelistAsync(tx, [.. moved.Select(one => (one.At.Id, one.After))], clock.GetUtcNow(), cancellationToken);
        var acts = new List<SubmissionAct>(moved.Count);
        foreach (var (at, after) in moved)
        {
            await AskAgainAsync(tx, project, deployment, at, after, cancellationToken);
            acts.Add(ActOf(project, deployment, at, new StageMove("pass_stage", null, after, IsOverride: false)));
        }

        await books.AppendManyAsync(tx, actor, project, acts, cancellationToken);
    }

    /// <summary>Gives an event's name.</summary>
    public static string NameOf(StageEventKind kind) => kind switch
    {
        StageEventKind.Submit => "submit",
        StageEventKind.Approve => "approve",
        StageEventKind.Reject => "reject",
        StageEventKind.Redraft => "redraft",
        StageEventKind.Return => "return",
        StageEventKind.Discard => "discard",
        StageEventKind.Restore => "restore",
        _ => "edit",
    };

    // Conditions may ask the review state, which is a view of the standing. An edit asks them by itself.
    private async Task AskAgainAsync(
        Tx tx, ProjectRef project, Deployment deployment, StandingRow at, Standing after, CancellationToken cancellationToken)
    {
        var review = StandingRows.ReviewOf(after);
        if (after.Version != at.Standing.Version || review == StandingRows.ReviewOf(at.Standing))
        {
            return;
        }

        if (await conditions.OfReviewAsync(tx, project, deployment.Form, at.Id, review, cancellationToken) is { } matches)
        {
            await RowMatches.ReplaceAsync(tx, at.Id, matches, cancellationToken);
        }
    }

    private static SubmissionAct ActOf(ProjectRef project, Deployment deployment, StandingRow at, StageMove move)
    {
        var detail = DetailOf(deployment, at.Standing, move);
        var change = new Change(
            "submission." + move.Name,
            project,
            "submission",
            at.InstanceId,
            StateOf(deployment, at.Standing),
            StateOf(deployment, move.After));
        return new SubmissionAct(at.Id, SubmissionEvents.Moved, new EventBody(move.Message, detail), change, detail);
    }

    private static object StateOf(Deployment deployment, Standing at) => new
    {
        form = deployment.Form.Value,
        draft = false,
        deployment = deployment.Id.Value,
        state = StageProblems.NameOf(at.State),
        stage = at.Stage?.Value,
        at.Version,
        approvals = at.Approvals.Select(one => new { stage = one.Stage.Value, by = one.By.Value, one.Version, one.IsOverride }),
    };

    // Stands in clear in the audit book: names of stages, never answers.
    private static string DetailOf(Deployment deployment, Standing before, StageMove move)
    {
        var stage = before.Stage ?? move.After.Stage;
        var name = deployment.Stages.FirstOrDefault(one => one.Id == stage)?.Name;
        var detail = $"{move.Name} → {StageProblems.NameOf(move.After.State)}";
        return (name is null ? detail : $"{detail} ({name})") + (move.IsOverride ? ", override" : "");
    }
}

/// <summary>What happened to a submission, to be written.</summary>
/// <param name="Name">The event's name.</param>
/// <param name="Message">What was said about it.</param>
internal sealed record StageMove(string Name, string? Message, Standing After, bool IsOverride);
