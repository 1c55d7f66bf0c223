using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Purging;

/// <summary>Knows which instance ids were purged, so that no phone brings them back. Ids only.</summary>
internal static class PurgedRows
{
    private const string IsPurgedSql = """
        select exists (
            select from submissions.purged where form_id = @form and is_draft = @draft and instance_id = @instance)
        """;

    private const string Rows = "select exists (select from submissions.submissions where form_id = @form)";

    private const string Due = """
        select s.id from submissions.submissions s
        where s.project_id = @project and s.deleted_at is not null and s.deleted_at <= @before
        """ + Holding.Holds.None + """
        order by s.deleted_at, s.id limit @limit
        """;

    private const string OfForm = """
        select s.id from submissions.submissions s
        where s.project_id = @project and s.form_id = @form
        """ + Holding.Holds.None + """
        order by s.id limit @limit
        """;

    private const string Present = """
        select s.id from submissions.submissions s where s.project_id = @project and s.id = any (@ids)
        """ + Holding.Holds.None + """
        order by s.id
        """;

    private const string Free = """
        select s.id from (select @project::bigint as project_id, id from unnest(@ids::uuid[]) as named (id)) s
        where true
        """ + Holding.Holds.None + """
        order by s.id
        """;

    /// <summary>Tells whether a form has submissions left, test ones too.</summary>
    public static Task<bool> HasRowsAsync(Sql sql, FormId form, CancellationToken cancellationToken) =>
        sql.GetAsync<bool>(Rows, new { form }, cancellationToken);

    /// <summary>Tells whether an instance id was purged.</summary>
    public static Task<bool> HasAsync(Sql sql, FormId form, bool isDraft, string instanceId, CancellationToken cancellationToken) =>
        sql.GetAsync<bool>(IsPurgedSql, new { form, draft = isDraft, instance = instanceId }, cancellationToken);

    /// <summary>Lists submissions that lie in the trash since before, those on hold left out.</summary>
    public static Task<IReadOnlyList<SubmissionId>> ListDueAsync(
        Sql sql, ProjectId project, DateTimeOffset before, int limit, CancellationToken cancellationToken) =>
        sql.ListAsync<SubmissionId>(Due, new { project, before, limit }, cancellationToken);

    /// <summary>Lists submissions of a form, test ones too, those on hold left out.</summary>
    public static Task<IReadOnlyList<SubmissionId>> ListOfFormAsync(
        Sql sql, ProjectId project, FormId form, int limit, CancellationToken cancellationToken) =>
        sql.ListAsync<SubmissionId>(OfForm, new { project, form, limit }, cancellationToken);

    /// <summary>Lists those of some submissions that no hold stands on, those that are not here any more too.</summary>
    public static Task<IReadOnlyList<SubmissionId>> ListFreeAsync(
        Sql sql, ProjectId project, IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken) =>
        sql.ListAsync<SubmissionId>(Free, new { project, ids = ids.ToArray() }, cancellationToken);

    /// <summary>Lists those of some submissions that are here, those on hold left out.</summary>
    public static Task<IReadOnlyList<SubmissionId>> ListPresentAsync(
        Sql sql, ProjectId project, IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken) =>
        sql.ListAsync<SubmissionId>(Present, new { project, ids = ids.ToArray() }, cancellationToken);
}
