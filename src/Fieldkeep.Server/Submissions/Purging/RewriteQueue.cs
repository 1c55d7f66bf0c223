using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Purging;

/// <summary>Lists submissions that are to be rewritten, in an order that stays.</summary>
internal static class RewriteQueue
{
    private const string Next = """
        select id from submissions.submissions
        where project_id = @project and form_id = @form and not is_draft and created_at <= @before and id > @after and (@all or id = any (@ids))
        order by id limit @limit
        """;

    private const string CountSql = """
        select count(*) from submissions.submissions
        where project_id = @project and form_id = @form and not is_draft and created_at <= @before
        """;

    /// <summary>Lists the next, in the trash or not.</summary>
    /// <param name="only">Those that are meant; null for all of the form.</param>
    public static Task<IReadOnlyList<SubmissionId>> ListAsync(
        Sql sql,
        ProjectId project,
        FormId form,
        IReadOnlyList<Guid>? only,
        DateTimeOffset before,
        Guid after,
        int limit,
        CancellationToken cancellationToken) =>
        sql.ListAsync<SubmissionId>(
            Next, new { project, form, before, after, all = only is null, ids = (only ?? []).ToArray(), limit }, cancellationToken);

    /// <summary>Counts those of a form.</summary>
    public static Task<long> CountAsync(Sql sql, ProjectId project, FormId form, DateTimeOffset before, CancellationToken cancellationToken) =>
        sql.GetAsync<long>(CountSql, new { project, form, before }, cancellationToken);
}
