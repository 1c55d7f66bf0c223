using Fieldkeep.Server.Database;
using Fieldkeep.Server.Deployments;
using Fieldkeep.Server.Deployments.Stages;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Stages;

/// <summary>
/// Takes ODK Central's review states for what they mean to a submission of a deployment: approved approves it at its stage, rejected
/// sends it back with the notes as the message. The others are nothing that happens to one.
/// </summary>
internal sealed class ReviewDeployed(MoveSubmission move, StageMoves moves, DeploymentCatalogue catalogue, Db db)
{
    /// <summary>Does so; false when the submission is in no deployment and has a review state of its own.</summary>
    /// <exception cref="ProblemException"><c>transition.invalid</c> and the others of <see cref="MoveSubmission.RunAsync"/>.</exception>
    public async Task<bool> RunAsync(
        Actor actor, SubmissionSet set, SubmissionRow row, string? reviewState, string? notes, CancellationToken cancellationToken)
    {
        if (await FindAsync(set, row, cancellationToken) is not (_, { } at))
        {
            return false;
        }

        var wanted = EventOf(actor, row, at, reviewState, notes);
        await move.RunAsync(actor, set.Project, set.XmlFormId, row.InstanceId, wanted, cancellationToken);
        return true;
    }

    /// <summary>Refuses what would be refused, and changes nothing; false when the submission is in no deployment.</summary>
    /// <exception cref="ProblemException">Those of <see cref="RunAsync"/>.</exception>
    public async Task<bool> RequireAsync(
        Actor actor, SubmissionSet set, SubmissionRow row, string? reviewState, string? notes, CancellationToken cancellationToken)
    {
        if (await FindAsync(set, row, cancellationToken) is not ({ } deployment, { } at))
        {
            return false;
        }

        var wanted = EventOf(actor, row, at, reviewState, notes);
        MoveSubmission.RequireFit(wanted);
        var by = await moves.ActorOfAsync(actor, set.Project.Id, deployment, cancellationToken);
        return StageMachine.Next(at, wanted, by, deployment.Rules).Refusal is { } refusal ? throw StageProblems.Of(refusal, at) : true;
    }

    private async Task<(Deployment Deployment, Standing At)?> FindAsync(SubmissionSet set, SubmissionRow row, CancellationToken cancellationToken) =>
        await catalogue.FindAsync(set.Form, cancellationToken) is { Count: > 0 } deployments
        && await StandingRows.FindAsync(db, row.Id, cancellationToken) is { } at
        && deployments.FirstOrDefault(deployment => deployment.Id == at.Deployment) is { } found
            ? (found, at.Standing)
            : null;

    // They do not say at which stage: the same request sent twice must not pass two.
    private static StageEvent EventOf(Actor actor, SubmissionRow row, Standing at, string? reviewState, string? notes) => reviewState switch
    {
        "approved" when at.Stage is null => throw StageProblems.Invalid(at.State, at.Stage),
        "approved" when StageMachine.HasApprovedBefore(at, actor.Id) => throw StageProblems.ApprovedBefore(at.Stage),
        "approved" => new StageEvent(StageEventKind.Approve) { Version = row.CurrentVersion, Stage = at.Stage, Message = notes },
        "rejected" => new StageEvent(StageEventKind.Reject) { Version = row.CurrentVersion, Message = notes },
        _ => throw StageProblems.Invalid(at.State, at.Stage),
    };
}
