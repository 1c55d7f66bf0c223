using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Organisations;

/// <summary>Creates a project with keys of its own.</summary>
internal sealed class CreateProject(
    Db db, Policy policy, Places places, Keyring keyring, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const string Insert = """
        insert into organisations.projects (organisation_id, unit_id, key_id, name, description, created_by, created_at)
        select organisation_id, id, @key, @name, @description, @by, @now
        from organisations.units where id = @unit and deleted_at is null
        returning id
        """;

    /// <summary>Creates the project.</summary>
    /// <param name="unit">Whose it is; null for the home organisation itself.</param>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>project.name_invalid</c>, <c>project.description_invalid</c>.
    /// </exception>
    public async Task<Project> RunAsync(
        Actor actor, UnitId? unit, string name, string? description, CancellationToken cancellationToken)
    {
        var owner = unit ?? await places.HomeAsync(cancellationToken);
        await policy.RequireAsync(actor, Permission.ProjectCreate, Scope.Of(owner), cancellationToken);
        var checkedName = OrganisationProblems.CheckName(name);
        var checkedDescription = OrganisationProblems.CheckDescription(description);
        var now = clock.GetUtcNow();
        var key = Guid.CreateVersion7(now);

        // Keys first: a key without a project is harmless, a project without a key could not keep anything.
        keyring.CreateProjectKeys(key);
        // In the backup directories as well: what is acknowledged from now on must open after the data directory is lost.
        keyring.ReplaceTargets();
        await using var tx = await db.BeginAsync(cancellationToken);
        var id = new ProjectId(await tx.FindAsync<long?>(
            Insert,
            new { unit = owner.Value, key, name = checkedName, description = checkedDescription, by = actor.Id.Value, now },
            cancellationToken) ?? throw AccessProblems.Unseen());
        await places.AddAsync(tx, Scope.Of(id), Scope.Of(owner), 0, cancellationToken);
        var project = new Project(id, key, checkedName, checkedDescription, false, now, null, owner);
        var after = new { unit = owner.Value, name = checkedName, description = checkedDescription };
        await changes.AppendAsync(
            tx, actor, new Change("project.create", project.Ref, "project", id.ToString(), null, after), cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("project.create", id, "project", id.ToString(), checkedName), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
        return project;
    }
}
