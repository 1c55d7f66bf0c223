using Fieldkeep.Server.Database;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Reading;

namespace Fieldkeep.Server.Answers;

/// <summary>Counts a form's submissions without touching each: segments know how many they hold. Callers check access first.</summary>
internal sealed class CountSubmissions(Db db, SubmissionQueries submissions)
{
    // Exact: of what segments hold, what is in the trash or gone is taken off; what is newer is counted. While a segment
    // is being made again and leaves a gap, all are counted.
    private const string Count = """
        with covered as (
            select coalesce(max(through_sequence), 0) as through, coalesce(sum(rows), 0) as rows,
                   coalesce(sum(through_sequence - after_sequence), 0) as width
            from answers.segments where form_id = @form)
        select (case when width = through then
                rows
                - (select count(*) from submissions.trash_view t where t.form_id = @form and t.sequence <= through)
                - (select count(distinct c.sequence) from submissions.changes_view c
                   where c.form_id = @form and c.sequence <= through and not exists (
                       select from submissions.submissions_view s where s.form_id = c.form_id and s.sequence = c.sequence))
                + (select count(*) from submissions.submissions_view s
                   where s.form_id = @form and s.sequence > through and s.deleted_at is null)
            else (select count(*) from submissions.submissions_view s where s.form_id = @form and s.deleted_at is null)
            end)::bigint
        from covered
        """;

    /// <summary>Counts a set, without what lies in the trash.</summary>
    public Task<long> OfAsync(SubmissionSet set, CancellationToken cancellationToken) => set.IsDraft || !set.Rows.IsAll
        ? submissions.CountAsync(set, cancellationToken)
        : db.GetAsync<long>(Count, new { form = set.Form }, cancellationToken);
}
