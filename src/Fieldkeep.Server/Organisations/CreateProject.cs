using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Organisations;

/// <summary>Creates a project with keys of its own.</summary>
internal sealed class CreateProject(
    Db db, Grants grants, Keyring keyring, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const string Insert = """
        insert into organisations.projects (organisation_id, key_id, name, description, created_by, created_at)
        select id, @key, @name, @description, @by, @now from organisations.organisations order by id limit 1
        returning id
        """;

    /// <summary>Creates the project.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>project.name_invalid</c>, <c>project.description_invalid</c>.
    /// </exception>
    public async Task<Project> RunAsync(
        Actor actor, string name, string? description, CancellationToken cancellationToken)
    {
        await grants.RequireAsync(actor, Permission.ProjectCreate, Scope.Installation, cancellationToken);
        var checkedName = OrganisationProblems.CheckName(name);
        var checkedDescription = OrganisationProblems.CheckDescription(description);
        var now = clock.GetUtcNow();
        var key = Guid.CreateVersion7(now);

        // Keys first: a key without a project is harmless, a project without a key could not keep anything.
        keyring.CreateProjectKeys(key);
        await using var tx = await db.BeginAsync(cancellationToken);
        var id = new ProjectId(await tx.GetAsync<long>(
            Insert,
            new { key, name = checkedName, description = checkedDescription, by = actor.Id.Value, now },
            cancellationToken));
        var project = new Project(id, key, checkedName, checkedDescription, false, now, null);
        var after = new { name = checkedName, description = checkedDescription };
        await changes.AppendAsync(
            tx, actor, new Change("project.create", project.Ref, "project", id.ToString(), null, after), cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("project.create", id, "project", id.ToString(), checkedName), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return project;
    }
}
