using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Organisations.Units;

/// <summary>Moves a branch or a team, with all in it, below another unit of its organisation.</summary>
/// <remarks>Roles held above it change with the move, so it takes rights at both ends.</remarks>
internal sealed class MoveUnit(Db db, Policy policy, Places places, UnitRecords records, TimeProvider clock)
{
    private const string Move = "update organisations.units set parent_id = @parent, updated_at = @now where id = @id";

    /// <summary>Moves the unit; one that stands there already stays.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>unit.root</c>, <c>unit.circle</c>, <c>unit.elsewhere</c>,
    /// <c>unit.too_deep</c>, <c>unit.misplaced</c>, <c>unit.name_taken</c>.
    /// </exception>
    public async Task<Unit> RunAsync(Actor actor, UnitId id, UnitId parent, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.UnitUpdate, Scope.Of(id), cancellationToken);
        await policy.RequireAsync(actor, Permission.UnitUpdate, Scope.Of(parent), cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        var unit = await UnitTree.LockLivingAsync(tx, id, cancellationToken);
        var old = unit.Parent ?? throw OrganisationProblems.Root();
        await policy.RequireAsync(actor, Permission.UnitUpdate, Scope.Of(old), cancellationToken);
        if (old == parent)
        {
            return unit;
        }

        var above = await UnitTree.FindAsync(tx, parent, cancellationToken) is { RemovedAt: null } found ? found : throw AccessProblems.Unseen();
        if (above.Organisation != unit.Organisation)
        {
            throw OrganisationProblems.Elsewhere();
        }

        if ((await Places.UnitsBelowAsync(tx, id, cancellationToken)).Contains(parent))
        {
            throw OrganisationProblems.Circle();
        }

        UnitTree.RequireFit(unit.Kind, above);
        await UnitTree.RequireRoomAsync(tx, parent, id, cancellationToken);
        await OrganisationProblems.OnNameTakenAsync(() => tx.ExecuteAsync(
            Move, new { id = id.Value, parent = parent.Value, now = clock.GetUtcNow() }, cancellationToken));
        await places.MoveAsync(tx, unit.Scope, above.Scope, 0, cancellationToken);
        await records.AppendAsync(
            tx, actor, "unit.move", id, new { parent = old.Value }, new { parent = parent.Value }, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
        return unit with { Parent = parent };
    }
}
