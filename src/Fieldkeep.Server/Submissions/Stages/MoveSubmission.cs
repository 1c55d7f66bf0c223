using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Deployments;
using Fieldkeep.Server.Deployments.Stages;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.History;
using Fieldkeep.Server.Submissions.Reading;

namespace Fieldkeep.Server.Submissions.Stages;

/// <summary>Approves, rejects, sends, takes back, returns, discards or restores one submission of a deployment.</summary>
internal sealed class MoveSubmission(
    FindSubmissions find, SubmissionQueries submissions, TrashedRows trashed, StageMoves moves, CompareVersions compare, Db db)
{
    /// <summary>The most characters of a message.</summary>
    public const int MostCharacters = 10_000;

    /// <summary>Moves it, and gives where it stands then.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>submission.not_found</c>, <c>transition.invalid</c>,
    /// <c>transition.not_deployed</c>, <c>transition.four_eyes</c>, <c>transition.message_needed</c>,
    /// <c>transition.message_too_long</c>, <c>transition.version_needed</c>, <c>transition.stage_needed</c>, <c>transition.outdated</c>.
    /// </exception>
    public async Task<StandingRow> RunAsync(
        Actor actor, ProjectRef project, string xmlFormId, string instanceId, StageEvent wanted, CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(actor, Permission.SubmissionUpdate, project, xmlFormId, isDraft: false, cancellationToken);
        RequireFit(wanted);
        var id = wanted.Kind == StageEventKind.Restore
            ? await trashed.GetAsync(set, instanceId, cancellationToken)
            : (await submissions.GetAsync(set, instanceId, cancellationToken)).Id;
        StageOutcome outcome;
        StandingRow at;
        await using (var tx = await db.BeginAsync(cancellationToken))
        {
            var deployments = await DeploymentRows.HoldOfFormAsync(tx, set.Form, cancellationToken);
            at = await StandingRows.LockAsync(tx, id, cancellationToken) ?? throw StageProblems.NotDeployed();
            var deployment = deployments.FirstOrDefault(one => one.Id == at.Deployment)
                ?? throw StageProblems.Invalid(at.Standing.State, at.Standing.Stage);
            outcome = await moves.MoveAsync(tx, actor, project, deployment, at, wanted, cancellationToken);
            if (outcome.Refusal is null)
            {
                await tx.CommitAsync(cancellationToken);
            }
        }

        if (outcome.Refusal is { } refusal)
        {
            throw refusal == StageRefusal.Outdated
                ? await OutdatedAsync(actor, project, xmlFormId, at, wanted, cancellationToken)
                : StageProblems.Of(refusal, at.Standing);
        }

        return await StandingRows.FindAsync(db, id, CancellationToken.None) ?? at;
    }

    /// <summary>Refuses a wish that nobody can fulfil.</summary>
    /// <exception cref="ProblemException">
    /// <c>transition.message_too_long</c>, <c>transition.version_needed</c>, <c>transition.stage_needed</c>.
    /// </exception>
    public static void RequireFit(StageEvent wanted)
    {
        if (wanted.Message is { } message && (message.Length > MostCharacters || message.Contains('\0', StringComparison.Ordinal)))
        {
            throw StageProblems.MessageTooLong(MostCharacters);
        }

        if (wanted is { Kind: StageEventKind.Approve, Version: null })
        {
            throw StageProblems.VersionNeeded();
        }

        // The same request sent twice must not pass two stages.
        if (wanted is { Kind: StageEventKind.Approve, Stage: null })
        {
            throw StageProblems.StageNeeded();
        }
    }

    // What changed since they looked, for whoever may read it: comparing checks that.
    private async Task<ProblemException> OutdatedAsync(
        Actor actor, ProjectRef project, string xmlFormId, StandingRow at, StageEvent wanted, CancellationToken cancellationToken)
    {
        var place = new SubmissionPlace(xmlFormId, false, at.InstanceId);
        var newer = at.Standing.Version - (wanted.Version ?? 0);
        var changes = (await compare.RunAsync(actor, project, place, cancellationToken)).Take(Math.Max(newer, 0)).ToList();
        return StageProblems.Outdated(at.Standing.Version, changes);
    }
}
