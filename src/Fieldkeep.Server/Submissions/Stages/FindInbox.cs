using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Deployments;
using Fieldkeep.Server.Deployments.Stages;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Stages;

/// <summary>Finds what waits for someone: submissions to approve at their stages, and their own to correct.</summary>
internal sealed class FindInbox(Policy policy, DeploymentCatalogue catalogue, FormCatalogue forms, Db db)
{
    // What they may not approve because they collected, edited or approved it does not wait for them.
    private const string ToApprove = """
        select s.deployment_id, s.stage_id, count(*) as submissions, min(s.state_since) as oldest_since, max(s.state_since) as newest_since
        from submissions.submissions s
        join submissions.versions v on v.submission_id = s.id and v.version = s.current_version
        where s.deployment_id = any (@deployments) and s.state = 'pending' and s.stage_id = any (@stages)
          and s.deleted_at is null
          and not exists (
            select from submissions.approvals a
            where a.submission_id = s.id and a.withdrawn_at is null and a.actor_id = @actor
              and (a.stage_id <> s.stage_id or a.version = s.current_version)
              and (s.deployment_id <> all (@lenient) or a.stage_id = s.stage_id))
          and (s.deployment_id = any (@lenient) or (s.submitter_id <> @actor and v.submitter_id <> @actor))
        group by s.deployment_id, s.stage_id
        """;

    private const string ToCorrect = """
        select s.deployment_id, null::bigint as stage_id, count(*) as submissions, min(s.state_since) as oldest_since, max(s.state_since) as newest_since
        from submissions.submissions s
        where s.deployment_id = any (@deployments) and s.state = 'rejected' and s.submitter_id = @actor and s.deleted_at is null
        group by s.deployment_id
        """;

    /// <summary>Finds it, the oldest first.</summary>
    public async Task<Inbox> RunAsync(Actor actor, CancellationToken cancellationToken)
    {
        var names = new Dictionary<FormId, string>();
        var mine = new List<(Deployment Deployment, StageActor As)>();
        foreach (var deployment in await catalogue.ListAsync(cancellationToken))
        {
            var decision = await policy.DecideAsync(
                actor, Permission.SubmissionUpdate, deployment.Project, deployment.Form, cancellationToken);
            // A form in the trash shows nothing.
            if (DeploymentRoles.IsIn(decision, deployment)
                && await forms.FindNameAsync(deployment.Project, deployment.Form, cancellationToken) is { } name)
            {
                names[deployment.Form] = name;
                mine.Add((deployment, DeploymentRoles.StageActorOf(actor, decision, deployment)));
            }
        }

        var byId = mine.ToDictionary(one => one.Deployment.Id.Value, one => one.Deployment);
        var approving = mine.Where(one => one.As.Approves.Count > 0).ToList();
        var collecting = mine.Where(one => one.As.IsEnumerator).ToList();
        return new Inbox(
            approving.Count == 0 ? [] : Of(await db.ListAsync<Row>(ToApprove, ArgumentsOf(actor, approving), cancellationToken), byId, names),
            collecting.Count == 0 ? [] : Of(await db.ListAsync<Row>(ToCorrect, ArgumentsOf(actor, collecting), cancellationToken), byId, names));
    }

    private static object ArgumentsOf(Actor actor, List<(Deployment Deployment, StageActor As)> some) => new
    {
        actor = actor.Id,
        deployments = some.Select(one => one.Deployment.Id.Value).ToArray(),
        stages = some.SelectMany(one => one.As.Approves).Select(stage => stage.Value).ToArray(),
        lenient = some.Where(one => one.Deployment.Options.AllowSamePerson).Select(one => one.Deployment.Id.Value).ToArray(),
    };

    private static IReadOnlyList<InboxLine> Of(IReadOnlyList<Row> rows, Dictionary<long, Deployment> deployments, Dictionary<FormId, string> names) =>
    [
        .. rows.OrderBy(row => row.OldestSince).Select(row => new InboxLine(
            deployments[row.DeploymentId],
            names[deployments[row.DeploymentId].Form],
            deployments[row.DeploymentId].Stages.FirstOrDefault(stage => stage.Id.Value == row.StageId),
            row.Submissions,
            row.OldestSince,
            row.NewestSince)),
    ];

    private sealed class Row
    {
        public long DeploymentId { get; init; }

        public long? StageId { get; init; }

        public long Submissions { get; init; }

        public DateTimeOffset OldestSince { get; init; }

        public DateTimeOffset NewestSince { get; init; }
    }
}

/// <summary>What waits for someone.</summary>
internal sealed record Inbox(IReadOnlyList<InboxLine> ToApprove, IReadOnlyList<InboxLine> ToCorrect);

/// <summary>Submissions of one deployment that wait, at one stage or to be corrected.</summary>
/// <param name="XmlFormId">The id that phones use of its form.</param>
/// <param name="Stage">Null for what is to be corrected.</param>
/// <param name="OldestSince">Since when the oldest of them waits.</param>
internal sealed record InboxLine(
    Deployment Deployment, string XmlFormId, DeploymentStage? Stage, long Submissions, DateTimeOffset OldestSince, DateTimeOffset NewestSince);
