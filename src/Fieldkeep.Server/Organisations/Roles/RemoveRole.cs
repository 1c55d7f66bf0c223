using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Organisations.People;
using Fieldkeep.Server.Organisations.Units;

namespace Fieldkeep.Server.Organisations.Roles;

/// <summary>Ends a role of an organisation's own; people who hold it get another in its place, or the role stays.</summary>
internal sealed class RemoveRole(
    Db db, Policy policy, OwnRoles roles, RoleRights rights, GrantRows grants, UnitRecords records)
{
    /// <summary>Ends the role.</summary>
    /// <param name="instead">What its holders get; null when nobody may hold it.</param>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>role.not_found</c>, <c>role.in_use</c>, <c>role.unfit</c>,
    /// <c>session.confirmation_needed</c>.
    /// </exception>
    public async Task RunAsync(Actor actor, UnitId unit, long id, string? instead, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.MemberUpdate, Scope.Of(unit), cancellationToken);
        policy.RequireConfirmed(actor);
        await using var tx = await db.BeginAsync(cancellationToken);
        var role = await OwnRoles.LockAsync(tx, id, cancellationToken) is { } found && found.Unit == unit
            ? found
            : throw OrganisationProblems.RoleUnknown();
        if (!await policy.HoldsAllOfAsync(actor, role.Permissions, Scope.Of(unit), cancellationToken))
        {
            throw AccessProblems.Denied();
        }

        var held = await grants.ListOfRoleAsync(tx, role.Role, cancellationToken);
        if (held.Count > 0 && (instead is null || instead == role.Role))
        {
            throw OrganisationProblems.RoleInUse(held.Count);
        }

        foreach (var one in held)
        {
            // Looked at above: nobody holds it, or there is another.
            var other = instead ?? "";
            await rights.RequireAsync(actor, other, one.Grant.Scope, cancellationToken);
            GiveGrant.RequireShareable(one.Grant.Subject, other);
            await grants.EndAsync(tx, actor, one.Id, cancellationToken);
            await grants.AddUnlessLongerAsync(tx, actor, one.Grant with { Role = other }, cancellationToken);
        }

        await roles.EndAsync(tx, id, cancellationToken);
        var before = new { unit = unit.Value, name = role.Name, permissions = role.Permissions.Order().Select(one => one.ToString()).ToArray() };
        var change = new Change("role.delete", null, "role", role.Role, before, new { instead, moved = held.Count });
        await records.AppendAsync(tx, actor, change, role.Name, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
    }
}
