using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions.Conditions;
using Fieldkeep.Server.Submissions.History;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.Server.Submissions.Stages;

namespace Fieldkeep.Server.Submissions.Editing;

/// <summary>Records what a reviewer thinks of a submission; the answers stay as they are.</summary>
internal sealed class ReviewSubmission(
    FindSubmissions find, SubmissionQueries submissions, MatchConditions conditions, ReviewDeployed deployed, Db db, SubmissionBooks books, TimeProvider clock)
{
    private const string Lock = """
        select review_state from submissions.submissions where id = @submission and deleted_at is null for update
        """;

    private const string Update = """
        update submissions.submissions set review_state = @state, updated_at = @now where id = @submission
        """;

    private static readonly string?[] States = [null, "hasIssues", "edited", "approved", "rejected"];

    /// <summary>Sets the state and gives the submission as it is then.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>submission.not_found</c>, <c>submission.bad_review_state</c>,
    /// <c>submission.out_of_reach</c>.
    /// </exception>
    public async Task<SubmissionRow> RunAsync(
        Actor actor,
        ProjectRef project,
        string xmlFormId,
        string instanceId,
        string? reviewState,
        string? notes,
        CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(
            actor, Permission.SubmissionUpdate, project, xmlFormId, isDraft: false, cancellationToken);
        RequireState(reviewState);
        var row = await submissions.GetAsync(set, instanceId, cancellationToken);
        if (await deployed.RunAsync(actor, set, row, reviewState, notes, cancellationToken))
        {
            return await submissions.GetAsync(set, instanceId, cancellationToken);
        }

        await using (var tx = await db.BeginAsync(cancellationToken))
        {
            var before = await tx.FindAsync<StateRow>(Lock, new { submission = row.Id }, cancellationToken)
                ?? throw SubmissionProblems.NotFound(instanceId);
            if (await conditions.OfReviewAsync(tx, project, set.Form, row.Id, reviewState, cancellationToken) is { } matches)
            {
                set.Rows.RequireHeld(row.SubmitterId, row.DeploymentId, matches);
                await RowMatches.ReplaceAsync(tx, row.Id, matches, cancellationToken);
            }

            await tx.ExecuteAsync(
                Update, new { submission = row.Id, state = reviewState, now = clock.GetUtcNow() }, cancellationToken);
            var change = new Change(
                "submission.review",
                project,
                "submission",
                row.InstanceId,
                new { reviewState = before.ReviewState },
                new { reviewState });
            var act = new SubmissionAct(
                row.Id, SubmissionEvents.Reviewed, new EventBody(notes, reviewState), change, reviewState ?? "none");
            await books.AppendAsync(tx, actor, project, act, cancellationToken);
            await tx.CommitAsync(cancellationToken);
        }

        return await submissions.GetAsync(set, instanceId, cancellationToken);
    }

    /// <summary>Refuses a state that does not exist.</summary>
    /// <exception cref="ProblemException"><c>submission.bad_review_state</c>.</exception>
    public static void RequireState(string? reviewState)
    {
        if (!States.Contains(reviewState, StringComparer.Ordinal))
        {
            throw SubmissionReadProblems.BadReviewState();
        }
    }

    private sealed record StateRow(string? ReviewState);
}
