using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Stages;

/// <summary>How many submissions of a deployment stand somewhere, of those that someone sees.</summary>
/// <param name="StageId">The stage, of pending ones; else null.</param>
/// <param name="OldestSince">Since when the one stands there that stands there longest.</param>
/// <param name="MeanSeconds">How long they stand there by now on average.</param>
internal sealed record StandingCount(long DeploymentId, string State, long? StageId, long Submissions, DateTimeOffset OldestSince, double MeanSeconds);

/// <summary>Counts how far the submissions of a form's deployments are.</summary>
internal sealed class DeploymentProgress(FindSubmissions find, Policy policy, Db db, TimeProvider clock)
{
    private const string Counts = """
        select s.deployment_id, s.state, s.stage_id, count(*) as submissions, min(s.state_since) as oldest_since,
               avg(extract(epoch from (@now - s.state_since)))::double precision as mean_seconds
        from submissions.submissions s
        where s.form_id = @form and not s.is_draft and s.deployment_id is not null and s.deleted_at is null
        """ + VisibleRows.Limit + """
        group by s.deployment_id, s.state, s.stage_id
        order by s.deployment_id, s.state, s.stage_id
        """;

    /// <summary>Counts those that the actor sees; nothing for who reads no submissions.</summary>
    /// <exception cref="ProblemException"><c>access.not_found</c>, <c>form.not_found</c>.</exception>
    public async Task<IReadOnlyList<StandingCount>> RunAsync(
        Actor actor, ProjectRef project, string xmlFormId, FormId form, CancellationToken cancellationToken)
    {
        if (!await policy.HasAsync(actor, Permission.SubmissionList, project.Id, form, cancellationToken))
        {
            return [];
        }

        var set = await find.RunAsync(actor, Permission.SubmissionList, project, xmlFormId, isDraft: false, cancellationToken);
        return await db.ListAsync<StandingCount>(
            VisibleRows.In(Counts, set.Rows),
            VisibleRows.Arguments(new { form = set.Form, now = clock.GetUtcNow() }, set.Rows),
            cancellationToken);
    }
}
