using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Organisations;

/// <summary>Renames, describes or archives a project.</summary>
internal sealed class UpdateProject(Db db, Policy policy, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const string Lock = """
        select id, key_id, name, description, archived, created_at, updated_at, unit_id as unit
        from organisations.projects
        where deleted_at is null and id = @id
        for update
        """;
    private const string Write = """
        update organisations.projects
        set name = @name, description = @description, archived = @archived, updated_at = @now
        where id = @id
        """;

    /// <summary>Changes the project.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>project.name_invalid</c>, <c>project.description_invalid</c>.
    /// </exception>
    public async Task<Project> RunAsync(
        Actor actor, ProjectId id, ProjectChange change, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.ProjectUpdate, Scope.Of(id), cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        var after = await ChangeAsync(tx, actor, id, change, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return after;
    }

    /// <summary>Does the same in the caller's transaction.</summary>
    /// <exception cref="ProblemException">As <see cref="RunAsync"/>.</exception>
    public async Task<Project> JoinAsync(
        Tx tx, Actor actor, ProjectId id, ProjectChange change, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.ProjectUpdate, Scope.Of(id), cancellationToken);
        return await ChangeAsync(tx, actor, id, change, cancellationToken);
    }

    private async Task<Project> ChangeAsync(
        Tx tx, Actor actor, ProjectId id, ProjectChange change, CancellationToken cancellationToken)
    {
        var before = await tx.FindAsync<Project>(Lock, new { id = id.Value }, cancellationToken)
            ?? throw AccessProblems.Unseen();
        var now = clock.GetUtcNow();
        var after = before with
        {
            Name = change.Name is null ? before.Name : OrganisationProblems.CheckName(change.Name),
            Description = change.Description is null
                ? before.Description
                : OrganisationProblems.CheckDescription(change.Description),
            Archived = change.Archived ?? before.Archived,
            UpdatedAt = now,
        };
        await tx.ExecuteAsync(
            Write,
            new { id = id.Value, name = after.Name, description = after.Description, archived = after.Archived, now },
            cancellationToken);
        await changes.AppendAsync(
            tx, actor, new Change("project.update", before.Ref, "project", id.ToString(), StateOf(before), StateOf(after)), cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("project.update", id, "project", id.ToString(), after.Name), cancellationToken);
        return after;
    }

    private static object StateOf(Project project) =>
        new { name = project.Name, description = project.Description, archived = project.Archived };
}

/// <summary>What to change of a project; null leaves it as it is, an empty description removes it.</summary>
internal sealed record ProjectChange(string? Name, string? Description, bool? Archived);
