using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Organisations;

/// <summary>Reads projects.</summary>
internal sealed class ProjectQueries(Db db, Policy policy)
{
    private const string Listed = """
        select id, key_id, name, description, archived, created_at, updated_at, unit_id as unit
        from organisations.projects
        where deleted_at is null and (@everywhere or id = any (@ids))
        order by archived, lower(name), id
        limit 10000
        """;
    private const string One = """
        select id, key_id, name, description, archived, created_at, updated_at, unit_id as unit
        from organisations.projects
        where deleted_at is null and id = @id
        """;

    private const string OfForms = """
        select parent_id as project_id, count(*) as forms
        from access.places_view
        where kind = 'form' and id = any (@forms) and parent_kind = 'project' and until is null
        group by parent_id
        """;

    private const string NamesById = "select id, name from organisations.projects where id = any (@ids)";

    /// <summary>Lists the projects that the actor may see, archived ones last, by name.</summary>
    public async Task<IReadOnlyList<Project>> ListAsync(Actor actor, CancellationToken cancellationToken)
    {
        var seen = await policy.ScopesWithAsync(actor, Permission.ProjectRead, cancellationToken);
        return await db.ListAsync<Project>(
            Listed, new { everywhere = seen.IsEverywhere, ids = seen.Projects.ToArray() }, cancellationToken);
    }

    /// <summary>
    /// Lists the projects that the actor may see, and those in which they may see forms only, such as whoever collects for a deployment;
    /// archived ones last, by name.
    /// </summary>
    public async Task<IReadOnlyList<ReachedProject>> ListReachedAsync(Actor actor, CancellationToken cancellationToken)
    {
        var seen = await policy.ScopesWithAsync(actor, Permission.ProjectRead, cancellationToken);
        var inside = await policy.ScopesWithAsync(actor, Permission.FormList, cancellationToken);
        var forms = inside.Forms.Count == 0
            ? []
            : (await db.ListAsync<FormsSeen>(OfForms, new { forms = inside.Forms.ToArray() }, cancellationToken)).ToDictionary(one => one.ProjectId);
        long[] ids = [.. seen.Projects.Concat(inside.Projects).Concat(forms.Keys).Distinct()];
        var listed = await db.ListAsync<Project>(Listed, new { everywhere = seen.IsEverywhere, ids }, cancellationToken);
        return
        [
            .. listed.Select(project => new ReachedProject(
                project,
                seen.Covers(project.Id),
                inside.Covers(project.Id) ? null : (int?)forms.GetValueOrDefault(project.Id.Value)?.Forms)),
        ];
    }

    /// <summary>Gives one of those.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task<ReachedProject> GetReachedAsync(Actor actor, ProjectId id, CancellationToken cancellationToken)
    {
        if (await policy.HasAsync(actor, Permission.ProjectRead, Scope.Of(id), cancellationToken))
        {
            return new ReachedProject(await FindAsync(id, cancellationToken) ?? throw AccessProblems.Unseen(), true, null);
        }

        if ((await ListReachedAsync(actor, cancellationToken)).FirstOrDefault(one => one.Project.Id == id) is { } reached)
        {
            return reached;
        }

        await policy.RequireAsync(actor, Permission.ProjectRead, Scope.Of(id), cancellationToken);
        throw AccessProblems.Unseen();
    }

    /// <summary>Lists the projects of a unit and of those below it that the actor may see, by name.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task<IReadOnlyList<Project>> ListOfUnitAsync(Actor actor, UnitId unit, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.UnitRead, Scope.Of(unit), cancellationToken);
        var below = (await Places.UnitsBelowAsync(db, unit, cancellationToken)).ToHashSet();
        return [.. (await ListAsync(actor, cancellationToken)).Where(project => below.Contains(project.Unit))];
    }

    /// <summary>Gives the names of projects, those in the trash too, for a caller that has asked whether the actor may know them; unknown ids are left out.</summary>
    public async Task<IReadOnlyDictionary<long, string>> NamesAsync(IEnumerable<long> ids, CancellationToken cancellationToken) =>
        (await db.ListAsync<Named>(NamesById, new { ids = ids.Distinct().ToArray() }, cancellationToken)).ToDictionary(row => row.Id, row => row.Name);

    /// <summary>Gives a project that the actor may see.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task<Project> GetAsync(Actor actor, ProjectId id, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.ProjectRead, Scope.Of(id), cancellationToken);
        return await FindAsync(id, cancellationToken) ?? throw AccessProblems.Unseen();
    }

    /// <summary>Gives what other rooms need of a project; whether the actor may see it is asked by their operations.</summary>
    /// <exception cref="ProblemException"><c>access.not_found</c>, as for a project that is not the actor's.</exception>
    public async Task<ProjectRef> GetRefAsync(ProjectId id, CancellationToken cancellationToken) =>
        (await FindAsync(id, cancellationToken))?.Ref ?? throw AccessProblems.Unseen();

    /// <summary>Finds a project that is not in the trash, whoever asks.</summary>
    public Task<Project?> FindAsync(ProjectId id, CancellationToken cancellationToken) =>
        db.FindAsync<Project>(One, new { id = id.Value }, cancellationToken);

    /// <summary>Gives what other rooms need of the project that a place is, or lies in; null for a unit or the server.</summary>
    public async Task<ProjectRef?> FindRefOfAsync(Places places, Scope scope, CancellationToken cancellationToken)
    {
        foreach (var place in await places.PathOfAsync(scope, cancellationToken))
        {
            if (place.Kind == ScopeKind.Project)
            {
                return (await FindAsync(new ProjectId(place.Id), cancellationToken))?.Ref;
            }
        }

        return null;
    }

    private sealed record Named(long Id, string Name);

    private sealed record FormsSeen(long ProjectId, long Forms);
}

/// <summary>A project in which someone reaches something.</summary>
/// <param name="IsSeen">Whether they see the project itself, and not only forms in it.</param>
/// <param name="Forms">How many forms they see, when not all; null for all.</param>
internal sealed record ReachedProject(Project Project, bool IsSeen, int? Forms);
