using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Organisations;

/// <summary>Reads projects.</summary>
internal sealed class ProjectQueries(Db db, Policy policy)
{
    private const string Listed = """
        select id, key_id, name, description, archived, created_at, updated_at
        from organisations.projects
        where deleted_at is null and (@everywhere or id = any (@ids))
        order by archived, lower(name), id
        limit 10000
        """;
    private const string One = """
        select id, key_id, name, description, archived, created_at, updated_at
        from organisations.projects
        where deleted_at is null and id = @id
        """;

    /// <summary>Lists the projects that the actor may see, archived ones last, by name.</summary>
    public async Task<IReadOnlyList<Project>> ListAsync(Actor actor, CancellationToken cancellationToken)
    {
        var seen = await policy.ScopesWithAsync(actor, Permission.ProjectRead, cancellationToken);
        return await db.ListAsync<Project>(
            Listed, new { everywhere = seen.IsEverywhere, ids = seen.Projects.ToArray() }, cancellationToken);
    }

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
}
