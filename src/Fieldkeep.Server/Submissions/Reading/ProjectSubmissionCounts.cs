using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Submissions.Reading;

/// <summary>Counts submissions for the list of projects. Callers check access first.</summary>
internal sealed class ProjectSubmissionCounts(Db db)
{
    private const string PerProject = """
        select project_id, count(*) as submissions, max(created_at) as last
        from submissions.submissions
        where project_id = any (@projects) and not is_draft and deleted_at is null
            and form_id in (select id from forms.published_view where project_id = any (@projects))
        group by project_id
        """;

    /// <summary>Gives how many submissions each project has that has any, and when the last came; tests of drafts and forms in the trash do not count.</summary>
    public async Task<IReadOnlyDictionary<long, ProjectSubmissions>> OfProjectsAsync(
        IReadOnlyList<long> projects, CancellationToken cancellationToken)
    {
        var rows = await db.ListAsync<ProjectSubmissions>(
            PerProject, new { projects = projects.ToArray() }, cancellationToken);
        return rows.ToDictionary(row => row.ProjectId);
    }
}

/// <summary>How many submissions a project has, and when the last came.</summary>
internal sealed record ProjectSubmissions(long ProjectId, long Submissions, DateTimeOffset Last);
