using System.Text.Json;

namespace Fieldkeep.Server.Access;

/// <summary>Names permissions as the wire, docs/security/roles.md and people's own roles do, such as <c>app-user.list</c>.</summary>
internal static class PermissionNames
{
    /// <summary>Gives a permission's name.</summary>
    public static string NameOf(Permission permission)
    {
        var kebab = JsonNamingPolicy.KebabCaseLower.ConvertName(permission.ToString());
        var verb = kebab.LastIndexOf('-');
        return $"{kebab[..verb]}.{kebab[(verb + 1)..]}";
    }
}
