using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Organisations.Units;

/// <summary>Moves a branch or a team to the trash with its units and projects: roles there reach nothing until it is restored.</summary>
internal sealed class RemoveUnit(Db db, Policy policy, Suspensions suspensions, Places places, UnitRecords records, TimeProvider clock)
{
    private const string TrashUnits = """
        update organisations.units set deleted_at = @now, removed_with = @id where id = any (@units) and deleted_at is null
        """;
    private const string TrashProjects = """
        update organisations.projects set deleted_at = @now, removed_with = @id where unit_id = any (@units) and deleted_at is null
        returning id
        """;

    /// <summary>Removes the unit.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>project.suspended</c>, <c>unit.root</c>, <c>session.confirmation_needed</c>.</exception>
    public async Task RunAsync(Actor actor, UnitId id, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.UnitUpdate, Scope.Of(id), cancellationToken);
        await policy.RequireAsync(actor, Permission.ProjectDelete, Scope.Of(id), cancellationToken);
        policy.RequireConfirmed(actor);
        await using var tx = await db.BeginAsync(cancellationToken);
        var unit = await UnitTree.LockLivingAsync(tx, id, cancellationToken);
        var parent = unit.Parent ?? throw OrganisationProblems.Root();
        await policy.RequireAsync(actor, Permission.UnitUpdate, Scope.Of(parent), cancellationToken);
        var units = await Places.UnitsBelowAsync(tx, id, cancellationToken);
        var arguments = new { id = id.Value, units = units.Select(one => one.Value).ToArray(), now = clock.GetUtcNow() };
        var projects = await tx.ListAsync<long>(TrashProjects, arguments, cancellationToken);
        await suspensions.RequireNoneAmongAsync(tx, projects, cancellationToken);
        await tx.ExecuteAsync(TrashUnits, arguments, cancellationToken);
        foreach (var project in projects)
        {
            await Places.HideAsync(tx, Scope.Of(new ProjectId(project)), isHidden: true, cancellationToken);
        }

        foreach (var one in units)
        {
            await places.EndAsync(tx, Scope.Of(one), cancellationToken);
        }

        await records.AppendAsync(
            tx, actor, "unit.remove", id, new { parent = parent.Value, name = unit.Name, arguments.units, projects }, null, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
    }
}
