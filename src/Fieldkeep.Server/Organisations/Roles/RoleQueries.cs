using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Organisations.Roles;

/// <summary>Lists the roles that can be given in an organisation.</summary>
internal sealed class RoleQueries(Db db, Policy policy, Places places)
{
    private static readonly string[] BuiltIn =
        [RolePermissions.Admin, RolePermissions.Manager, RolePermissions.Viewer, RolePermissions.Collector];

    /// <summary>Lists built-in roles, then the organisation's own.</summary>
    /// <param name="unit">Any unit of the organisation.</param>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task<IReadOnlyList<GivenRole>> ListAsync(Actor actor, UnitId unit, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.UnitRead, Scope.Of(unit), cancellationToken);
        var root = (await places.PathOfAsync(Scope.Of(unit), cancellationToken))[^1];
        var own = await OwnRoles.ListAsync(db, new UnitId(root.Id), cancellationToken);
        return
        [
            .. BuiltIn.Select(role => new GivenRole(role, null, null, [.. RolePermissions.Of(role).Where(RolePermissions.IsOfOrganisation).Order()])),
            .. own.Select(role => new GivenRole(role.Role, role.Id, role.Name, [.. role.Permissions.Order()])),
        ];
    }

    /// <summary>Lists the permissions that the actor may put into a role of the unit's organisation: those they hold in all of it.</summary>
    public async Task<IReadOnlyList<Permission>> GrantableAsync(Actor actor, UnitId unit, CancellationToken cancellationToken)
    {
        var root = (await places.PathOfAsync(Scope.Of(unit), cancellationToken))[^1];
        var grantable = new List<Permission>();
        foreach (var permission in Enum.GetValues<Permission>().Where(RolePermissions.IsOfOrganisation))
        {
            if (await policy.HoldsAllOfAsync(actor, [permission], root, cancellationToken))
            {
                grantable.Add(permission);
            }
        }

        return grantable;
    }
}

/// <summary>A role that can be given.</summary>
/// <param name="Role">What a grant names: a built-in role, or <c>role:7</c>.</param>
/// <param name="Id">The number of an organisation's own role; null for built-in ones.</param>
/// <param name="Name">The name of an organisation's own role; null for built-in ones.</param>
internal sealed record GivenRole(string Role, long? Id, string? Name, IReadOnlyList<Permission> Permissions);
