using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>Says which role may what: the one table that every decision reads.</summary>
internal static class RolePermissions
{
    /// <summary>May everything; granted on the installation.</summary>
    public const string Admin = "admin";

    /// <summary>Runs a project: its forms, submissions, app users and people.</summary>
    public const string Manager = "manager";

    /// <summary>Reads a project and takes its data out.</summary>
    public const string Viewer = "viewer";

    /// <summary>Fills in the forms of a project with an account (Central's <c>formfill</c>).</summary>
    public const string Collector = "collector";

    /// <summary>Fills in the forms of one project with a token.</summary>
    public const string AppUser = "app-user";

    private static readonly Permission[] Collecting =
        [Permission.FormList, Permission.FormDownload, Permission.SubmissionCreate];

    private static readonly HashSet<Permission> OfForm =
    [
        Permission.FormList, Permission.FormRead, Permission.FormWrite, Permission.FormPublish, Permission.FormDelete, Permission.FormDownload,
        Permission.SubmissionList, Permission.SubmissionRead, Permission.SubmissionCreate, Permission.SubmissionUpdate,
        Permission.SubmissionDelete, Permission.SubmissionExport,
        Permission.PublicLinkList, Permission.PublicLinkCreate, Permission.PublicLinkRevoke,
    ];

    private static readonly Dictionary<string, HashSet<Permission>> ByRole = new(StringComparer.Ordinal)
    {
        [Admin] = [.. Enum.GetValues<Permission>()],
        [Manager] =
        [
            Permission.ProjectRead, Permission.ProjectUpdate, Permission.ProjectDelete, Permission.ProjectAssign,
            Permission.FormList, Permission.FormRead, Permission.FormWrite, Permission.FormPublish,
            Permission.FormDelete, Permission.FormDownload,
            Permission.SubmissionList, Permission.SubmissionRead, Permission.SubmissionCreate,
            Permission.SubmissionUpdate, Permission.SubmissionDelete, Permission.SubmissionExport,
            Permission.AppUserList, Permission.AppUserCreate, Permission.AppUserRevoke,
            Permission.PublicLinkList, Permission.PublicLinkCreate, Permission.PublicLinkRevoke, Permission.AuditRead,
        ],
        [Viewer] =
        [
            Permission.ProjectRead, Permission.FormList, Permission.FormRead, Permission.FormDownload,
            Permission.SubmissionList, Permission.SubmissionRead, Permission.SubmissionExport,
        ],
        [Collector] = [Permission.ProjectRead, .. Collecting],
        [AppUser] = [.. Collecting],
    };

    /// <summary>Tells whether a role includes a permission; an unknown role includes none.</summary>
    public static bool Allows(string role, Permission permission) =>
        ByRole.TryGetValue(role, out var permissions) && permissions.Contains(permission);

    /// <summary>Gives everything a role allows; nothing for an unknown role.</summary>
    public static IReadOnlyCollection<Permission> Of(string role) => ByRole.TryGetValue(role, out var permissions) ? permissions : [];

    /// <summary>Tells whether a role exists.</summary>
    public static bool IsKnown(string role) => ByRole.ContainsKey(role);

    /// <summary>
    /// Tells whether a permission is about one form, so that a role held at a single form allows it. People, app users, the audit book and
    /// the project itself are decided for a project as a whole.
    /// </summary>
    public static bool IsOfForm(Permission permission) => OfForm.Contains(permission);

    /// <summary>Tells whether a role can be held at places of a kind.</summary>
    public static bool FitsAt(string role, ScopeKind kind) => kind switch
    {
        ScopeKind.Installation => role is Admin or Manager or Viewer or Collector,
        ScopeKind.Project => role is Manager or Viewer or Collector or AppUser,
        _ => role is Manager or Viewer or Collector or AppUser,
    };
}
