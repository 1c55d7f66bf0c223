using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Organisations.Units;

namespace Fieldkeep.Server.Organisations.Roles;

/// <summary>Makes a role of an organisation's own, or its next version; who holds it holds the new one from the next request on.</summary>
internal sealed class MakeRole(Db db, Policy policy, OwnSight own, OwnRoles roles, UnitRecords records)
{
    private const int MostNameCharacters = 100;

    /// <summary>Makes the role.</summary>
    /// <param name="unit">The root of the organisation.</param>
    /// <param name="id">The role to change; null for a new one.</param>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.own_confidential</c>, <c>access.not_found</c>, <c>role.not_found</c>, <c>role.permissions_invalid</c>, <c>role.name_taken</c>,
    /// <c>unit.name_invalid</c>, <c>session.confirmation_needed</c>.
    /// </exception>
    public async Task<OwnRole> RunAsync(
        Actor actor, UnitId unit, long? id, string name, IReadOnlySet<Permission> permissions, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.MemberUpdate, Scope.Of(unit), cancellationToken);
        policy.RequireConfirmed(actor);
        var checkedName = OrganisationProblems.CheckUnitName(name, MostNameCharacters);
        if (permissions.Count == 0 || !permissions.All(RolePermissions.IsOfOrganisation))
        {
            throw OrganisationProblems.RoleEmpty();
        }

        await RequireHeldAsync(actor, unit, permissions, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        if (await UnitTree.LockLivingAsync(tx, unit, cancellationToken) is not { Parent: null })
        {
            throw AccessProblems.Unseen();
        }

        OwnRole? before = null;
        if (id is { } number)
        {
            before = await OwnRoles.LockAsync(tx, number, cancellationToken) is { } found && found.Unit == unit
                ? found
                : throw OrganisationProblems.RoleUnknown();
            await RequireHeldAsync(actor, unit, before.Permissions, cancellationToken);
            await own.RequireOfRoleAsync(actor, before.Role, [.. permissions.Except(before.Permissions)], cancellationToken);
            await roles.EndAsync(tx, number, cancellationToken);
        }

        OwnRole made;
        try
        {
            made = await roles.InsertAsync(tx, id, unit, checkedName, permissions, cancellationToken);
        }
        catch (Exception refused) when (DatabaseFailure.IsTaken(refused, "roles_name"))
        {
            throw OrganisationProblems.RoleNameTaken();
        }

        var change = new Change(before is null ? "role.create" : "role.update", null, "role", made.Role, StateOf(before), StateOf(made));
        await records.AppendAsync(tx, actor, change, checkedName, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
        return made;
    }

    private async Task RequireHeldAsync(
        Actor actor, UnitId unit, IReadOnlySet<Permission> permissions, CancellationToken cancellationToken)
    {
        if (!await policy.HoldsAllOfAsync(actor, permissions, Scope.Of(unit), cancellationToken))
        {
            throw AccessProblems.Denied();
        }
    }

    private static object? StateOf(OwnRole? role) => role is null
        ? null
        : new { unit = role.Unit.Value, name = role.Name, permissions = role.Permissions.Order().Select(one => one.ToString()).ToArray() };
}
