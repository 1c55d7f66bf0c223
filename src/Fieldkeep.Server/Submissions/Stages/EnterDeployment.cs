using Fieldkeep.Server.Database;
using Fieldkeep.Server.Deployments;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Receiving;

namespace Fieldkeep.Server.Submissions.Stages;

/// <summary>Puts new submissions where their deployments begin, in the transaction that stores them.</summary>
internal static class EnterDeployment
{
    // What has no stages is final at once, and approved to ODK Central's clients. Where the list of stages became another one since its
    // conditions were asked, they are forgotten, and asked again in the background.
    private const string Enter = """
        with entered as (
            update submissions.submissions s
            set deployment_id = input.deployment, state = case when f.stage_id is null then 'final' else 'pending' end,
                stage_id = f.stage_id, state_since = s.created_at, is_anonymous = input.anonymous,
                review_state = case when f.stage_id is null then 'approved' end
            from unnest(@id::uuid[], @deployment::bigint[], @anonymous::boolean[], @final::boolean[])
                as input (id, deployment, anonymous, final)
            left join deployments.first_stages_view f on f.deployment_id = input.deployment
            where s.id = input.id
            returning s.id, input.final as asked_final, f.stage_id is null as is_final)
        delete from submissions.row_matches m using entered
        where m.submission_id = entered.id and entered.asked_final <> entered.is_final
        """;

    /// <summary>Keeps their deployments from changing until the commit. It comes before anything is written: whoever waits here holds nothing.</summary>
    /// <param name="waits">Whether it waits while somebody changes the list of stages; see <see cref="DatabaseFailure.IsHeld"/>.</param>
    public static async Task HoldAsync(Tx tx, IReadOnlyList<NewSubmission> submissions, bool waits, CancellationToken cancellationToken)
    {
        var deployments = submissions.Select(submission => submission.Deployment).OfType<DeploymentId>().ToList();
        if (deployments.Count > 0)
        {
            await DeploymentRows.HoldAsync(tx, deployments, waits, cancellationToken);
        }
    }

    /// <summary>Puts those that go to a deployment, which is held, where it begins; costs nothing for the others.</summary>
    public static async Task RunAsync(Tx tx, IReadOnlyList<NewSubmission> fresh, CancellationToken cancellationToken)
    {
        var entering = fresh.Where(submission => submission.Deployment is not null).ToList();
        if (entering.Count == 0)
        {
            return;
        }

        var rows = new
        {
            id = entering.Select(submission => submission.Id.Value).ToArray(),
            deployment = entering.Select(submission => submission.Deployment?.Value ?? 0).ToArray(),
            anonymous = entering.Select(submission => submission.Submitter.Kind == ActorKind.PublicLink).ToArray(),
            final = entering.Select(submission => submission.IsFinalAtOnce).ToArray(),
        };
        await tx.ExecuteAsync(Enter, rows, cancellationToken);
    }
}
