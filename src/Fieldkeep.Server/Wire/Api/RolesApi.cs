using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations.Roles;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/units/{unitId}/roles</c>: the roles that can be given, and those an organisation makes for itself.</summary>
internal static class RolesApi
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var roles = api.MapGroup("/units/{unitId:long}/roles").WithTags("People");
        roles.MapGet("", ListAsync).Declare("listRoles", "List the roles that can be given in an organisation", Permission.UnitRead);
        roles.MapPost("", CreateAsync)
            .Declare("createRole", "Make a role of an organisation's own, of permissions you hold yourself", Permission.MemberUpdate)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(409, "role.name_taken")
            .Refuses(422, "role.permissions_invalid", "unit.name_invalid");
        var role = roles.MapGroup("/{role:long}").Refuses(404, "role.not_found");
        role.MapPut("", UpdateAsync)
            .Declare("updateRole", "Change a role of an organisation's own for everyone who holds it", Permission.MemberUpdate)
            .Refuses(403, "access.own_confidential", "session.confirmation_needed")
            .Refuses(409, "role.name_taken")
            .Refuses(422, "role.permissions_invalid", "unit.name_invalid");
        role.MapDelete("", RemoveAsync)
            .Declare("removeRole", "End a role of an organisation's own", Permission.MemberUpdate)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(409, "role.in_use")
            .Refuses(422, "role.unfit");
    }

    private static async Task<RoleList> ListAsync(Call call, long unitId, RoleQueries roles)
    {
        var items = await roles.ListAsync(call.Actor, new UnitId(unitId), call.Aborted);
        return new RoleList([.. items.Select(RoleItem.Of)], await roles.GrantableAsync(call.Actor, new UnitId(unitId), call.Aborted));
    }

    private static async Task<Created<RoleItem>> CreateAsync(Call call, long unitId, JsonBody<NewRole> body, MakeRole make)
    {
        var wanted = await body.ReadAsync();
        var made = await make.RunAsync(call.Actor, new UnitId(unitId), null, wanted.Name ?? "", wanted.Chosen(), call.Aborted);
        return TypedResults.Created((string?)null, RoleItem.Of(made));
    }

    private static async Task<RoleItem> UpdateAsync(Call call, long unitId, long role, JsonBody<NewRole> body, MakeRole make)
    {
        var wanted = await body.ReadAsync();
        return RoleItem.Of(await make.RunAsync(call.Actor, new UnitId(unitId), role, wanted.Name ?? "", wanted.Chosen(), call.Aborted));
    }

    private static async Task<NoContent> RemoveAsync(
        Call call,
        long unitId,
        long role,
        [Description("The role that its holders get instead, such as `viewer`.")] string? instead,
        RemoveRole remove)
    {
        await remove.RunAsync(call.Actor, new UnitId(unitId), role, instead, call.Aborted);
        return TypedResults.NoContent();
    }
}

/// <summary>The roles of an organisation.</summary>
/// <param name="Grantable">The permissions you may put into a role.</param>
internal sealed record RoleList(IReadOnlyList<RoleItem> Items, IReadOnlyList<Permission> Grantable);

/// <summary>A role that can be given.</summary>
/// <param name="Role">Its name in grants: a built-in role, or <c>role:7</c>.</param>
/// <param name="Id">The number of an organisation's own role; null for built-in ones.</param>
/// <param name="Name">The name of an organisation's own role; null for built-in ones.</param>
internal sealed record RoleItem(string Role, long? Id, string? Name, IReadOnlyList<Permission> Permissions)
{
    /// <summary>Shows a role.</summary>
    public static RoleItem Of(GivenRole role) => new(role.Role, role.Id, role.Name, role.Permissions);

    /// <summary>Shows an organisation's own role.</summary>
    public static RoleItem Of(OwnRole role) => new(role.Role, role.Id, role.Name, [.. role.Permissions.Order()]);
}

/// <summary>A role to be made.</summary>
internal sealed record NewRole([property: Required] string? Name, [property: Required] IReadOnlyList<Permission>? Permissions)
{
    /// <summary>Gives the permissions without repeats.</summary>
    public IReadOnlySet<Permission> Chosen() => (Permissions ?? []).ToHashSet();
}
