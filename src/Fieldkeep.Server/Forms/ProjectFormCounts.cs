using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Forms;

/// <summary>Counts forms for the list of projects. Callers check access first.</summary>
internal sealed class ProjectFormCounts(Db db)
{
    private const string PerProject = """
        select project_id, count(*) as forms
        from forms.forms
        where project_id = any (@projects) and deleted_at is null
        group by project_id
        """;

    /// <summary>Gives the number of forms in each project that has any, drafts included, the trash not.</summary>
    public async Task<IReadOnlyDictionary<long, int>> OfProjectsAsync(
        IReadOnlyList<long> projects, CancellationToken cancellationToken)
    {
        var rows = await db.ListAsync<Row>(PerProject, new { projects = projects.ToArray() }, cancellationToken);
        return rows.ToDictionary(row => row.ProjectId, row => (int)row.Forms);
    }

    private sealed record Row(long ProjectId, long Forms);
}
