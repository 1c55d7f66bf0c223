using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Reading;

/// <summary>Counts the submissions that someone sees, for the list of projects. Callers check access to the projects first.</summary>
internal sealed class ProjectSubmissionCounts(Db db, FindRowLimits limits, SubmissionTotals totals)
{
    private const string PerProject = """
        select project_id, count(*) as submissions, max(created_at) as last
        from submissions.submissions
        where project_id = any (@projects) and not is_draft and deleted_at is null
            and form_id in (select id from forms.published_view where project_id = any (@projects))
        group by project_id
        """;

    private const string Published = "select id from forms.published_view where project_id = @project";

    /// <summary>Gives how many submissions each project has that has any, and when the last came; tests of drafts and forms in the trash do not count.</summary>
    public async Task<IReadOnlyDictionary<long, ProjectSubmissions>> OfProjectsAsync(
        Actor actor, IReadOnlyList<long> projects, CancellationToken cancellationToken)
    {
        var whole = new List<long>(projects.Count);
        var counted = new Dictionary<long, ProjectSubmissions>();
        foreach (var project in projects)
        {
            if (await limits.SeesAllAsync(actor, new ProjectId(project), cancellationToken))
            {
                whole.Add(project);
            }
            else if (await SumAsync(actor, project, cancellationToken) is { } sum)
            {
                counted[project] = sum;
            }
        }

        foreach (var row in await db.ListAsync<ProjectSubmissions>(PerProject, new { projects = whole.ToArray() }, cancellationToken))
        {
            counted[row.ProjectId] = row;
        }

        return counted;
    }

    private async Task<ProjectSubmissions?> SumAsync(Actor actor, long project, CancellationToken cancellationToken)
    {
        var published = await db.ListAsync<long>(Published, new { project }, cancellationToken);
        var seen = (await totals.ByFormAsync(actor, new ProjectId(project), cancellationToken)).Values
            .Where(total => total.Submissions > 0 && published.Contains(total.FormId.Value)).ToList();
        return seen.Count == 0 ? null : new ProjectSubmissions(project, seen.Sum(total => total.Submissions), seen.Max(total => total.LastSubmission) ?? default);
    }
}

/// <summary>How many submissions a project has, and when the last came.</summary>
internal sealed record ProjectSubmissions(long ProjectId, long Submissions, DateTimeOffset Last);
