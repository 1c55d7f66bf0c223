using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Answers Central's <c>/v1/roles</c>. Roles are no secret: anyone may read them.</summary>
internal static class RolesV1
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder v1)
    {
        var roles = v1.MapGroup("/roles").WithTags("Roles").CalledBy(CallerKind.Session, CallerKind.Anonymous);
        roles.MapGet("", List).Declare("listRoles", "List all roles and what each allows");
        roles.MapGet("/{roleId}", Get)
            .Declare("getRole", "Read a role, by its number or its system name")
            .Refuses(404, "role.not_found");
    }

    private static IReadOnlyList<RoleV1> List() => CentralRole.All;

    private static RoleV1 Get(string roleId) => CentralRole.Get(roleId);
}
