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

/// <summary>Counts submissions. Callers check access first.</summary>
internal sealed class SubmissionTotals(Db db)
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
        select count(*) from submissions.submissions
        where form_id = @form and is_draft = @draft and deleted_at is null
        """;

    /// <summary>Counts each form of a project that has any.</summary>
    public async Task<IReadOnlyDictionary<FormId, SubmissionTotal>> ByFormAsync(
        ProjectId project, CancellationToken cancellationToken) =>
        (await db.ListAsync<SubmissionTotal>(ByForm, new { project }, cancellationToken))
            .ToDictionary(count => count.FormId);

    /// <summary>Counts one form.</summary>
    public Task<long> OfFormAsync(FormId form, bool isDraft, CancellationToken cancellationToken) =>
        db.GetAsync<long>(OfForm, new { form, draft = isDraft }, cancellationToken);
}
