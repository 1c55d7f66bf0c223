using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Organisations.Units;

/// <summary>Creates a branch or a team below a unit.</summary>
internal sealed class CreateUnit(Db db, Policy policy, Places places, UnitRecords records, TimeProvider clock)
{
    private const string Insert = """
        insert into organisations.units (organisation_id, parent_id, kind, name, created_at)
        values (@organisation, @parent, @kind, @name, @now)
        returning id
        """;

    /// <summary>Creates the unit.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>unit.name_invalid</c>, <c>unit.name_taken</c>, <c>unit.too_deep</c>, <c>unit.misplaced</c>.
    /// </exception>
    public async Task<Unit> RunAsync(Actor actor, UnitId parent, UnitKind kind, string name, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.UnitUpdate, Scope.Of(parent), cancellationToken);
        var checkedName = OrganisationProblems.CheckUnitName(name);
        var now = clock.GetUtcNow();
        await using var tx = await db.BeginAsync(cancellationToken);
        var above = await UnitTree.LockLivingAsync(tx, parent, cancellationToken);
        UnitTree.RequireFit(kind, above);
        await UnitTree.RequireRoomAsync(tx, parent, null, cancellationToken);
        var id = await OrganisationProblems.OnNameTakenAsync(() => tx.GetAsync<long>(
            Insert,
            new
            {
                organisation = above.Organisation.Value,
                parent = parent.Value,
                kind = kind == UnitKind.Branch ? "branch" : "team",
                name = checkedName,
                now,
            },
            cancellationToken));
        var unit = new Unit(new UnitId(id), above.Organisation, parent, kind, checkedName, now, null);
        await places.AddAsync(tx, unit.Scope, above.Scope, 0, cancellationToken);
        await records.AppendAsync(
            tx, actor, "unit.create", unit.Id, null, new { parent = parent.Value, kind = kind.ToString(), name = checkedName }, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
        return unit;
    }
}
