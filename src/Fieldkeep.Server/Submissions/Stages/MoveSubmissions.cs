using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Deployments;
using Fieldkeep.Server.Deployments.Stages;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Reading;

namespace Fieldkeep.Server.Submissions.Stages;

/// <summary>One of many submissions to move.</summary>
/// <param name="Version">The version that was looked at; needed to approve.</param>
/// <param name="Stage">The stage it stood at then; needed to approve, else null for any.</param>
internal sealed record WantedMove(string InstanceId, int? Version, StageId? Stage);

/// <summary>What became of one of them.</summary>
/// <param name="Standing">Where it stands then; null when it did not move.</param>
/// <param name="Problem">Why it did not; null when it did.</param>
internal sealed record MoveReport(string InstanceId, StandingRow? Standing, ProblemException? Problem);

/// <summary>Does one thing to many submissions: each moves whole or not at all, and each is reported.</summary>
internal sealed class MoveSubmissions(FindSubmissions find, SubmissionQueries submissions, TrashedRows trashed, StageMoves moves, Db db)
{
    /// <summary>The most at once.</summary>
    public const int Most = 5_000;

    // Each transaction holds its rows until it commits: few enough not to keep phones waiting that send an edit.
    private const int AtOnce = 100;

    // Who chooses many takes some along that wait nowhere: that is reported of each.
    private static readonly StageId NoStage = new(0);

    /// <summary>Moves them and reports in the order they were given.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>transition.too_many</c>, <c>transition.message_needed</c>,
    /// <c>transition.message_too_long</c>, <c>transition.version_needed</c>.
    /// </exception>
    public async Task<IReadOnlyList<MoveReport>> RunAsync(
        Actor actor,
        ProjectRef project,
        string xmlFormId,
        StageEvent wanted,
        IReadOnlyList<WantedMove> items,
        CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(actor, Permission.SubmissionUpdate, project, xmlFormId, isDraft: false, cancellationToken);
        if (items.Count > Most || items.Select(item => item.InstanceId).Distinct(StringComparer.Ordinal).Count() < items.Count)
        {
            throw StageProblems.TooMany(Most);
        }

        foreach (var item in items)
        {
            MoveSubmission.RequireFit(wanted with { Version = item.Version, Stage = item.Stage ?? NoStage });
        }

        if (wanted.Kind is StageEventKind.Reject or StageEventKind.Return && string.IsNullOrWhiteSpace(wanted.Message))
        {
            throw StageProblems.NoMessage();
        }

        var reports = new Dictionary<string, MoveReport>(StringComparer.Ordinal);
        foreach (var some in items.Chunk(AtOnce))
        {
            await MoveSomeAsync(actor, set, wanted, some, reports, cancellationToken);
        }

        return [.. items.Select(item => reports[item.InstanceId])];
    }

    // The machine refuses before anything of a submission is written: one that stays does not take the others back.
    private async Task MoveSomeAsync(
        Actor actor,
        SubmissionSet set,
        StageEvent wanted,
        WantedMove[] items,
        Dictionary<string, MoveReport> reports,
        CancellationToken cancellationToken)
    {
        var found = new List<(WantedMove Item, SubmissionId Id)>(items.Length);
        foreach (var item in items)
        {
            try
            {
                found.Add((item, wanted.Kind == StageEventKind.Restore
                    ? await trashed.GetAsync(set, item.InstanceId, cancellationToken)
                    : (await submissions.GetAsync(set, item.InstanceId, cancellationToken)).Id));
            }
            catch (ProblemException problem)
            {
                reports[item.InstanceId] = new MoveReport(item.InstanceId, null, problem);
            }
        }

        var moved = new List<MoveReport>(found.Count);
        await using var tx = await db.BeginAsync(cancellationToken);
        var deployments = (await DeploymentRows.HoldOfFormAsync(tx, set.Form, cancellationToken)).ToDictionary(one => one.Id);

        // Always in the same order, so that two callers do not wait for each other.
        foreach (var (item, id) in found.OrderBy(one => one.Id.Value))
        {
            moved.Add(await MoveOneAsync(tx, actor, set, deployments, wanted, item, id, cancellationToken));
        }

        await tx.CommitAsync(cancellationToken);
        moved.ForEach(report => reports[report.InstanceId] = report);
    }

    private async Task<MoveReport> MoveOneAsync(
        Tx tx,
        Actor actor,
        SubmissionSet set,
        Dictionary<DeploymentId, Deployment> deployments,
        StageEvent wanted,
        WantedMove item,
        SubmissionId id,
        CancellationToken cancellationToken)
    {
        if (await StandingRows.LockAsync(tx, id, cancellationToken) is not { } at)
        {
            return new MoveReport(item.InstanceId, null, StageProblems.NotDeployed());
        }

        if (!deployments.TryGetValue(at.Deployment, out var deployment))
        {
            return new MoveReport(item.InstanceId, null, StageProblems.Invalid(at.Standing.State, at.Standing.Stage));
        }

        if (wanted.Kind == StageEventKind.Approve && at.Standing.Stage is not null && item.Stage is null)
        {
            return new MoveReport(item.InstanceId, null, StageProblems.StageNeeded());
        }

        var outcome = await moves.MoveAsync(
            tx, actor, set.Project, deployment, at, wanted with { Version = item.Version, Stage = item.Stage }, cancellationToken);
        return outcome.After is { } after
            ? new MoveReport(item.InstanceId, at with { Standing = after }, null)
            : new MoveReport(item.InstanceId, null, StageProblems.Of(outcome.Refusal ?? StageRefusal.Invalid, at.Standing));
    }
}
