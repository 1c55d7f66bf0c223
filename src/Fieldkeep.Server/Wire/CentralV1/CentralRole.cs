using System.Globalization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>A role as Central's API shows it: its number and system name are Central's, its verbs are what it allows here.</summary>
/// <param name="System">Central's name for it.</param>
/// <param name="CreatedAt">Always null: roles are part of the program.</param>
/// <param name="UpdatedAt">Always null.</param>
internal sealed record RoleV1(
    long Id, string Name, string System, IReadOnlyList<string> Verbs, DateTimeOffset? CreatedAt, DateTimeOffset? UpdatedAt);

/// <summary>Translates between Central's roles and ours. Scripts carry the numbers: they never change.</summary>
internal static class CentralRole
{
    private static readonly (long Id, string Name, string System, string? Ours)[] Table =
    [
        (1, "Administrator", "admin", RolePermissions.Admin),
        (2, "App User", "app-user", RolePermissions.AppUser),
        (3, "Password Reset Token", "pwreset", null),
        (5, "Project Manager", "manager", RolePermissions.Manager),
        (6, "Project Viewer", "viewer", RolePermissions.Viewer),
        (8, "Data Collector", "formfill", RolePermissions.Collector),
        (9, "Public Link", "pub-link", null),
    ];

    private static readonly Dictionary<string, string[]> VerbsOfOthers = new(StringComparer.Ordinal)
    {
        ["pwreset"] = ["user.password.reset"],
        ["pub-link"] = ["open_form.read", "submission.create"],
    };

    /// <summary>Every role.</summary>
    public static IReadOnlyList<RoleV1> All { get; } =
        [.. Table.Select(role => new RoleV1(role.Id, role.Name, role.System, VerbsOf(role.System, role.Ours), null, null))];

    /// <summary>Gives a role by its number or system name.</summary>
    /// <exception cref="ProblemException"><c>role.not_found</c>.</exception>
    public static RoleV1 Get(string numberOrName)
    {
        // Central's documents call it so, its database otherwise.
        var name = numberOrName == "pwd-reset" ? "pwreset" : numberOrName;
        var id = long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
        return All.FirstOrDefault(role => role.System == name || role.Id == id) ?? throw CentralProblems.RoleUnknown(numberOrName);
    }

    /// <summary>Gives our name for one of Central's roles, as it can be given to someone.</summary>
    /// <exception cref="ProblemException"><c>role.not_found</c>, <c>body.unexpected_value</c>: no grant of ours stands for it.</exception>
    public static string GrantOf(string numberOrName)
    {
        var role = Get(numberOrName);
        return Table.First(row => row.Id == role.Id).Ours
            ?? throw CentralProblems.Unexpected("roleId", $"“{role.System}” is held by what it is made for and cannot be assigned.");
    }

    /// <summary>Gives Central's number for a role of ours; null when it has none.</summary>
    public static long? NumberOf(string ours) => Table.Where(row => row.Ours == ours).Select(row => (long?)row.Id).FirstOrDefault();

    private static IReadOnlyList<string> VerbsOf(string system, string? ours) =>
        ours is null ? VerbsOfOthers[system] : CentralVerbs.Of(RolePermissions.Of(ours));
}
