using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Organisations.Units;

/// <summary>Brings a unit back from the trash, with what went there with it: roles and people in it are as they were.</summary>
internal sealed class RestoreUnit(Db db, Policy policy, Places places, UnitRecords records, TimeProvider clock)
{
    private const string RestoreUnits = """
        update organisations.units set deleted_at = null, removed_with = null, updated_at = @now where removed_with = @id
        returning id, parent_id
        """;
    private const string RestoreProjects = """
        update organisations.projects set deleted_at = null, removed_with = null, updated_at = @now where removed_with = @id
        returning id
        """;

    /// <summary>Restores the unit; one that is not in the trash stays as it is.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>unit.parent_removed</c>, <c>unit.name_taken</c>, <c>unit.too_deep</c>.
    /// </exception>
    public async Task<Unit> RunAsync(Actor actor, UnitId id, CancellationToken cancellationToken)
    {
        // A unit in the trash stands in no tree: what was above it decides.
        var seen = await UnitTree.FindAsync(db, id, cancellationToken) ?? throw AccessProblems.Unseen();
        await policy.RequireAsync(actor, Permission.UnitUpdate, Scope.Of(seen.Parent ?? id), cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        var unit = await UnitTree.LockAsync(tx, id, cancellationToken);
        if (unit is not { RemovedAt: not null, Parent: { } parent })
        {
            return unit;
        }

        if (await UnitTree.FindAsync(tx, parent, cancellationToken) is not { RemovedAt: null })
        {
            throw OrganisationProblems.ParentRemoved();
        }

        var arguments = new { id = id.Value, now = clock.GetUtcNow() };
        var units = await OrganisationProblems.OnNameTakenAsync(() => tx.ListAsync<Restored>(RestoreUnits, arguments, cancellationToken));
        if (units.Count == 0)
        {
            // It went with a unit above it that is still there: only that one is restored.
            throw OrganisationProblems.ParentRemoved();
        }

        foreach (var one in units)
        {
            await places.AddAsync(tx, Scope.Of(new UnitId(one.Id)), Scope.Of(new UnitId(one.ParentId)), 0, cancellationToken);
        }

        var projects = await tx.ListAsync<long>(RestoreProjects, arguments, cancellationToken);
        foreach (var project in projects)
        {
            await Places.HideAsync(tx, Scope.Of(new ProjectId(project)), isHidden: false, cancellationToken);
        }

        await UnitTree.RequireRoomAsync(tx, parent, id, cancellationToken);
        await records.AppendAsync(
            tx, actor, "unit.restore", id, null, new { parent = parent.Value, units = units.Select(one => one.Id).ToArray(), projects }, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
        return unit with { RemovedAt = null };
    }

    private sealed record Restored(long Id, long ParentId);
}
