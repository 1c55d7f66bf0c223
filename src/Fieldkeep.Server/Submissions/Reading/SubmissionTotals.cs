using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Reading;

/// <summary>How many submissions a form has.</summary>
/// <param name="FormId">The form.</param>
/// <param name="Submissions">Without drafts and trash.</param>
/// <param name="LastSubmission">When the newest came.</param>
/// <param name="Received">Those that nobody reviewed yet.</param>
/// <param name="HasIssues">Those that a reviewer found issues in.</param>
/// <param name="Edited">Those edited since the last review.</param>
internal sealed record SubmissionTotal(
    FormId FormId, long Submissions, DateTimeOffset? LastSubmission, long Received, long HasIssues, long Edited);

/// <summary>Counts the submissions that someone sees. Callers check access to the project first.</summary>
internal sealed class SubmissionTotals(Db db, FindRowLimits limits)
{
    private const string ByForm = """
        select form_id, count(*) as submissions, max(created_at) as last_submission,
               count(*) filter (where review_state is null) as received,
               count(*) filter (where review_state = 'hasIssues') as has_issues,
               count(*) filter (where review_state = 'edited') as edited
        from submissions.submissions
        where project_id = @project and not is_draft and deleted_at is null
        group by form_id
        """;

    private const string OfForm = """
        select @form as form_id, count(*) as submissions, max(created_at) as last_submission,
               count(*) filter (where review_state is null) as received,
               count(*) filter (where review_state = 'hasIssues') as has_issues,
               count(*) filter (where review_state = 'edited') as edited
        from submissions.submissions s
        where form_id = @form and not is_draft and deleted_at is null
        """ + VisibleRows.Limit;

    /// <summary>Counts each form of a project that has any.</summary>
    public async Task<IReadOnlyDictionary<FormId, SubmissionTotal>> ByFormAsync(
        Actor actor, ProjectId project, CancellationToken cancellationToken)
    {
        var all = (await db.ListAsync<SubmissionTotal>(ByForm, new { project }, cancellationToken)).ToDictionary(count => count.FormId);
        if (await limits.SeesAllAsync(actor, project, cancellationToken))
        {
            return all;
        }

        foreach (var form in all.Keys.ToList())
        {
            var rows = await limits.OfAsync(actor, Permission.SubmissionList, project, form, cancellationToken);
            if (!rows.IsAll)
            {
                all[form] = await db.GetAsync<SubmissionTotal>(
                    VisibleRows.In(OfForm, rows), VisibleRows.Arguments(new { form }, rows), cancellationToken);
            }
        }

        return all;
    }
}
