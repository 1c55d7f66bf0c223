using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Deployments;
using Fieldkeep.Server.Deployments.Stages;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Reading;

namespace Fieldkeep.Server.Submissions.Stages;

/// <summary>Tells where a submission stands, and what whoever asks may do about it.</summary>
internal sealed class FindStanding(
    FindSubmissions find, SubmissionQueries submissions, DeploymentCatalogue catalogue, StageMoves moves, Db db)
{
    private static readonly StageEventKind[] Asked =
    [
        StageEventKind.Submit, StageEventKind.Approve, StageEventKind.Reject, StageEventKind.Redraft, StageEventKind.Return,
        StageEventKind.Discard, StageEventKind.Edit,
    ];

    /// <summary>Tells it; null when the submission is in no deployment.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>submission.not_found</c>.</exception>
    public async Task<SeenStanding?> RunAsync(
        Actor actor, ProjectRef project, string xmlFormId, string instanceId, CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(actor, Permission.SubmissionRead, project, xmlFormId, isDraft: false, cancellationToken);
        if (await catalogue.FindAsync(set.Form, cancellationToken) is not { } deployments)
        {
            return null;
        }

        var row = await submissions.GetAsync(set, instanceId, cancellationToken);
        if (await StandingRows.FindAsync(db, row.Id, cancellationToken) is not { } at)
        {
            return null;
        }

        var deployment = deployments.FirstOrDefault(one => one.Id == at.Deployment);
        if (deployment is null)
        {
            return new SeenStanding(at, null, [], IsOfReviewers: true);
        }

        var by = await moves.ActorOfAsync(actor, project.Id, deployment, cancellationToken);
        List<string> may = [.. Asked.Where(kind => IsOpen(at.Standing, kind, by, deployment.Rules)).Select(StageMoves.NameOf)];
        var isViewer = !by.IsManager && !by.IsEnumerator && by.Approves.Count == 0;
        return new SeenStanding(at, deployment, may, (!isViewer || deployment.Options.ShowProvenanceToViewers) && !set.Rows.HidesProvenance);
    }

    // Asked as if all was said that the event needs.
    private static bool IsOpen(Standing at, StageEventKind kind, StageActor by, StageRules rules)
    {
        var wanted = new StageEvent(kind) { Message = "?", Version = at.Version, To = rules.Stages.Count > 0 ? rules.Stages[0].Id : null };
        return StageMachine.Next(at, wanted, by, rules).Refusal is null;
    }
}

/// <summary>Where a submission stands, as someone sees it.</summary>
/// <param name="Deployment">Null when it was deleted.</param>
/// <param name="May">The events that they may cause.</param>
/// <param name="IsOfReviewers">Whether they see who approved what; viewers do not.</param>
internal sealed record SeenStanding(StandingRow At, Deployment? Deployment, IReadOnlyList<string> May, bool IsOfReviewers);
