using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Organisations.Units;

/// <summary>Moves a branch or a team, with all in it, below another unit of its organisation.</summary>
/// <remarks>Roles held above it change with the move: whoever moves it may give, in it, all that is held at its new place.</remarks>
internal sealed class MoveUnit(Db db, Policy policy, UnitRights belonging, Places places, UnitRecords records, TimeProvider clock)
{
    private const string Move = "update organisations.units set parent_id = @parent, updated_at = @now where id = @id";

    /// <summary>Moves the unit; one that stands there already stays.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>unit.root</c>, <c>unit.circle</c>, <c>unit.elsewhere</c>,
    /// <c>unit.too_deep</c>, <c>unit.misplaced</c>, <c>unit.name_taken</c>, <c>session.confirmation_needed</c>.
    /// </exception>
    public async Task<Unit> RunAsync(Actor actor, UnitId id, UnitId parent, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, id, cancellationToken);
        await RequireAsync(actor, parent, cancellationToken);
        policy.RequireConfirmed(actor);
        await using var tx = await db.BeginAsync(cancellationToken);
        var unit = await UnitTree.LockLivingAsync(tx, id, cancellationToken);
        var old = unit.Parent ?? throw OrganisationProblems.Root();
        await RequireAsync(actor, old, cancellationToken);
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

        await belonging.RequireToMoveAsync(actor, unit.Scope, old, parent, cancellationToken);
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

    // Who reaches the unit changes, and who its people are: that takes more than to draw the tree.
    private async Task RequireAsync(Actor actor, UnitId unit, CancellationToken cancellationToken)
    {
        foreach (var permission in new[] { Permission.UnitUpdate, Permission.MemberUpdate, Permission.ProjectAssign })
        {
            await policy.RequireAsync(actor, permission, Scope.Of(unit), cancellationToken);
        }
    }
}
