using Fieldkeep.Server.Database;
using Fieldkeep.Server.Deployments;
using Fieldkeep.Server.Deployments.Stages;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Stages;

/// <summary>
/// Takes ODK Central's review states for what they mean to a submission of a deployment: approved approves it at its stage, rejected
/// sends it back with the notes as the message. The others are nothing that happens to one.
/// </summary>
internal sealed class ReviewDeployed(MoveSubmission move, DeploymentCatalogue catalogue, Db db)
{
    /// <summary>Does so; false when the submission is in no deployment and has a review state of its own.</summary>
    /// <exception cref="ProblemException"><c>transition.invalid</c> and the others of <see cref="MoveSubmission.RunAsync"/>.</exception>
    public async Task<bool> RunAsync(
        Actor actor, SubmissionSet set, SubmissionRow row, string? reviewState, string? notes, CancellationToken cancellationToken)
    {
        if (await catalogue.FindAsync(set.Form, cancellationToken) is not { Count: > 0 } deployments
            || await StandingRows.FindAsync(db, row.Id, cancellationToken) is not { } at
            || deployments.All(deployment => deployment.Id != at.Deployment))
        {
            return false;
        }

        var wanted = reviewState switch
        {
            "approved" => new StageEvent(StageEventKind.Approve) { Version = row.CurrentVersion, Stage = at.Standing.Stage, Message = notes },
            "rejected" => new StageEvent(StageEventKind.Reject) { Version = row.CurrentVersion, Message = notes },
            _ => throw StageProblems.Invalid(at.Standing.State, at.Standing.Stage),
        };
        await move.RunAsync(actor, set.Project, set.XmlFormId, row.InstanceId, wanted, cancellationToken);
        return true;
    }
}
