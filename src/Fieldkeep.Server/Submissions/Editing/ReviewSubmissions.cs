using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Conditions;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.Server.Submissions.Stages;

namespace Fieldkeep.Server.Submissions.Editing;

/// <summary>
/// Records what a reviewer thinks of several submissions. All are asked before any is changed: one that the actor may not
/// change refuses all, unless they want the others changed.
/// </summary>
internal sealed class ReviewSubmissions(
    FindSubmissions find, SubmissionQueries submissions, MatchConditions conditions, ReviewDeployed deployed, ReviewSubmission review, Db db)
{
    /// <summary>The most submissions of one request.</summary>
    public const int Most = 1_000;

    /// <summary>Sets the state of all.</summary>
    /// <param name="isPartial">Whether those that the actor may not change are passed over.</param>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>submission.bad_bulk</c>, <c>submission.bad_review_state</c>,
    /// <c>submission.some_not_permitted</c>.
    /// </exception>
    public async Task<BulkOutcome> RunAsync(
        Actor actor, ProjectRef project, string xmlFormId, BulkReview wanted, bool isPartial, CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(
            actor, Permission.SubmissionUpdate, project, xmlFormId, isDraft: false, cancellationToken);
        var ids = wanted.InstanceIds.Distinct(StringComparer.Ordinal).ToList();
        if (ids.Count is 0 or > Most)
        {
            throw SubmissionProblems.BadBulk(Most);
        }

        ReviewSubmission.RequireState(wanted.State);
        List<string> permitted = [];
        foreach (var id in ids)
        {
            if (await IsPermittedAsync(actor, set, id, wanted, cancellationToken))
            {
                permitted.Add(id);
            }
        }

        if (permitted.Count < ids.Count && !isPartial)
        {
            throw SubmissionProblems.SomeNotPermitted(ids.Count - permitted.Count);
        }

        var changed = 0;
        foreach (var id in permitted)
        {
            changed += await TryAsync(actor, project, xmlFormId, id, wanted, cancellationToken) ? 1 : 0;
        }

        return new BulkOutcome(changed, ids.Count - changed);
    }

    // Not there, not seen, not theirs to change: counted together, so that the count tells no more than that.
    private async Task<bool> IsPermittedAsync(
        Actor actor, SubmissionSet set, string id, BulkReview wanted, CancellationToken cancellationToken)
    {
        try
        {
            var row = await submissions.GetAsync(set, id, cancellationToken);
            if (await deployed.RequireAsync(actor, set, row, wanted.State, wanted.Notes, cancellationToken))
            {
                return true;
            }

            if (!set.Rows.IsAll
                && await conditions.OfReviewAsync(db, set.Project, set.Form, row.Id, wanted.State, cancellationToken) is { } matches)
            {
                set.Rows.RequireHeld(row.SubmitterId, row.DeploymentId, matches);
            }

            return true;
        }
        catch (ProblemException)
        {
            return false;
        }
    }

    // Somebody may have changed or removed it since it was asked.
    private async Task<bool> TryAsync(
        Actor actor, ProjectRef project, string xmlFormId, string id, BulkReview wanted, CancellationToken cancellationToken)
    {
        try
        {
            await review.RunAsync(actor, project, xmlFormId, id, wanted.State, wanted.Notes, cancellationToken);
            return true;
        }
        catch (ProblemException)
        {
            return false;
        }
    }
}

/// <summary>What a reviewer says of several submissions.</summary>
/// <param name="State">hasIssues, edited, approved or rejected; null to take back what was said.</param>
/// <param name="Notes">What they remark; null when nothing.</param>
internal sealed record BulkReview(IReadOnlyList<string> InstanceIds, string? State, string? Notes);

/// <summary>How many submissions a request changed, and how many it did not.</summary>
/// <param name="Refused">Not there, or not the actor's to change.</param>
internal sealed record BulkOutcome(int Changed, int Refused);
