using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Organisations.Units;

/// <summary>Gives an organisation, a branch or a team another name.</summary>
internal sealed class RenameUnit(Db db, Policy policy, UnitRecords records, TimeProvider clock)
{
    private const string Rename = "update organisations.units set name = @name, updated_at = @now where id = @id";
    private const string RenameOrganisation = "update organisations.organisations set name = @name where id = @organisation";

    /// <summary>Renames the unit.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>unit.name_invalid</c>, <c>unit.name_taken</c>.
    /// </exception>
    public async Task<Unit> RunAsync(Actor actor, UnitId id, string name, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.UnitUpdate, Scope.Of(id), cancellationToken);
        var checkedName = OrganisationProblems.CheckUnitName(name);
        await using var tx = await db.BeginAsync(cancellationToken);
        var before = await UnitTree.LockLivingAsync(tx, id, cancellationToken);
        var arguments = new { id = id.Value, organisation = before.Organisation.Value, name = checkedName, now = clock.GetUtcNow() };
        await OrganisationProblems.OnNameTakenAsync(() => tx.ExecuteAsync(Rename, arguments, cancellationToken));
        if (before.Parent is null)
        {
            await tx.ExecuteAsync(RenameOrganisation, arguments, cancellationToken);
        }

        await records.AppendAsync(tx, actor, "unit.rename", id, new { name = before.Name }, new { name = checkedName }, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return before with { Name = checkedName };
    }
}
