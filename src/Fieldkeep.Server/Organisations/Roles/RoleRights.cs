using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Organisations.Roles;

/// <summary>Knows what a role, built in or an organisation's own, allows at a place, and who may give it there.</summary>
internal sealed class RoleRights(Db db, Policy policy, Places places)
{
    /// <summary>Gives what a role allows at a place.</summary>
    /// <exception cref="ProblemException"><c>role.unfit</c>.</exception>
    public async Task<IReadOnlyCollection<Permission>> GetAsync(string role, Scope place, CancellationToken cancellationToken)
    {
        if (place.Kind is not (ScopeKind.Unit or ScopeKind.Project or ScopeKind.Form))
        {
            throw OrganisationProblems.RoleUnfit();
        }

        if (!role.StartsWith(RolePermissions.OwnPrefix, StringComparison.Ordinal))
        {
            return role != RolePermissions.AppUser && RolePermissions.FitsAt(role, place.Kind)
                ? RolePermissions.Of(role)
                : throw OrganisationProblems.RoleUnfit();
        }

        return await OwnRoles.FindAsync(db, role, cancellationToken) is { } own
            && (await places.PathOfAsync(place, cancellationToken)).Contains(Scope.Of(own.Unit))
            ? own.Permissions
            : throw OrganisationProblems.RoleUnfit();
    }

    /// <summary>Refuses who may not give, or take, a role at a place: nobody hands out more than they hold.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>role.unfit</c>.</exception>
    public async Task RequireAsync(Actor actor, string? role, Scope place, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, PermissionToGive(place), place, cancellationToken);
        if (role is not null
            && !await policy.HoldsAllOfAsync(actor, await GetAsync(role, place, cancellationToken), place, cancellationToken))
        {
            throw AccessProblems.Denied();
        }
    }

    /// <summary>Tells whether somebody might give a role at a place.</summary>
    public async Task<bool> MayGiveAsync(Actor actor, string? role, Scope place, CancellationToken cancellationToken)
    {
        if (!await policy.HasAsync(actor, PermissionToGive(place), place, cancellationToken))
        {
            return false;
        }

        try
        {
            return role is null
                || await policy.HoldsAllOfAsync(actor, await GetAsync(role, place, cancellationToken), place, cancellationToken);
        }
        catch (ProblemException unfit) when (unfit.Code == "role.unfit")
        {
            return false;
        }
    }

    private static Permission PermissionToGive(Scope place) =>
        place.Kind == ScopeKind.Unit ? Permission.MemberUpdate : Permission.ProjectAssign;
}
