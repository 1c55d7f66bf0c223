using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>Says which role may what: the one table that every decision reads.</summary>
internal static class RolePermissions
{
    /// <summary>May everything in an organisation, a branch or a team: its people, projects and data.</summary>
    public const string Admin = "admin";

    /// <summary>Runs the server: accounts, settings, backups. Reads no data.</summary>
    public const string Operator = "operator";

    /// <summary>What everyone may at the units they belong to; held by belonging, never granted.</summary>
    public const string Member = "member";

    /// <summary>What everyone may with their own account; held by being oneself, never granted.</summary>
    public const string Self = "self";

    /// <summary>Sends submissions that test a form's draft; held by showing the secret in its address, never granted.</summary>
    public const string DraftTester = "draft-tester";

    /// <summary>Runs a project: its forms, submissions, app users and people.</summary>
    public const string Manager = "manager";

    /// <summary>Reads a project and takes its data out.</summary>
    public const string Viewer = "viewer";

    /// <summary>Fills in the forms of a project with an account (Central's <c>formfill</c>).</summary>
    public const string Collector = "collector";

    /// <summary>Fills in the forms of one project with a token.</summary>
    public const string AppUser = "app-user";

    /// <summary>Fills in the one form of a public link.</summary>
    public const string PublicLink = "public-link";

    /// <summary>Reads a project or organisation for its owner, for a time; counts for operators only. Given as support access, never assigned.</summary>
    public const string Support = "support";

    /// <summary>As <see cref="Support"/>, and takes answers out as files.</summary>
    public const string SupportExport = "support-export";

    /// <summary>Collects for a deployment: sees and mends what they sent themselves while it is open.</summary>
    public const string Enumerator = "enumerator";

    /// <summary>Reads what is final in a deployment.</summary>
    public const string DeploymentViewer = "deployment-viewer";

    /// <summary>Approves or rejects at one stage of a deployment.</summary>
    public const string Approver = "approver";

    /// <summary>Sees and decides everything in a deployment.</summary>
    public const string DeploymentManager = "deployment-manager";

    /// <summary>Does the same, and says who is in it and how it works.</summary>
    public const string DeploymentAdmin = "deployment-admin";

    /// <summary>Reads confidential answers where another role reads the rest.</summary>
    public const string ConfidentialReader = "confidential-reader";

    /// <summary>Replaces confidential answers unread where another role edits the rest.</summary>
    public const string ConfidentialEditor = "confidential-editor";

    /// <summary>How the names of roles begin that an organisation made for itself.</summary>
    public const string OwnPrefix = "role:";

    // Held at a project or a form only, where it was given: running an organisation implies neither.
    private static readonly HashSet<Permission> OfConfidential =
        [Permission.ConfidentialRead, Permission.ConfidentialUpdate];

    private static readonly HashSet<Permission> OfInstallation =
        [Permission.AccountList, Permission.AccountRead, Permission.AccountCreate, Permission.AccountUpdate, Permission.BackupRun, Permission.SettingsUpdate];

    private static readonly Permission[] OnlyOfServer =
        [Permission.BackupRun, Permission.SettingsUpdate, Permission.OrganisationCreate, Permission.SupportAsk];

    // Who may change people, units, accounts or the server administers, whatever the role is called.
    private static readonly Permission[] Administering =
    [
        Permission.UnitUpdate, Permission.MemberUpdate, Permission.AccountCreate, Permission.AccountUpdate, Permission.OrganisationCreate,
        Permission.SupportAsk, Permission.BackupRun, Permission.SettingsUpdate,
    ];

    private static readonly Permission[] Reading =
    [
        Permission.ProjectRead, Permission.FormList, Permission.FormRead, Permission.FormDownload,
        Permission.SubmissionList, Permission.SubmissionRead,
    ];

    private static readonly Permission[] Collecting =
        [Permission.FormList, Permission.FormDownload, Permission.SubmissionCreate];

    private static readonly HashSet<Permission> OfForm =
    [
        Permission.FormList, Permission.FormRead, Permission.FormWrite, Permission.FormPublish, Permission.FormDelete, Permission.FormDownload,
        Permission.SubmissionList, Permission.SubmissionRead, Permission.SubmissionCreate, Permission.SubmissionUpdate,
        Permission.SubmissionDelete, Permission.SubmissionExport, Permission.DeploymentRead, Permission.DeploymentUpdate,
        Permission.ConfidentialRead, Permission.ConfidentialUpdate, Permission.PublicLinkList, Permission.PublicLinkCreate, Permission.PublicLinkRevoke,
    ];

    private static readonly HashSet<Permission> OfRows =
    [
        Permission.ProjectRead, Permission.FormList, Permission.FormRead, Permission.FormDownload,
        Permission.SubmissionList, Permission.SubmissionRead, Permission.SubmissionCreate, Permission.SubmissionUpdate,
        Permission.SubmissionDelete, Permission.SubmissionExport,
    ];

    // To see all, to take it along, and to say who else may. What sends, changes or destroys is not among them.
    private static readonly HashSet<Permission> WhileSuspended =
    [
        Permission.UnitRead, Permission.MemberList, Permission.MemberUpdate,
        Permission.ProjectRead, Permission.ProjectAssign, Permission.FormList, Permission.FormRead,
        Permission.SubmissionList, Permission.SubmissionRead, Permission.SubmissionExport, Permission.ConfidentialRead, Permission.DeploymentRead,
        Permission.AppUserList, Permission.AppUserRevoke, Permission.PublicLinkList, Permission.PublicLinkRevoke,
        Permission.AuditRead, Permission.SupportGrant, Permission.SupportAsk,
    ];

    private static readonly Permission[] Managing =
    [
        Permission.FormList, Permission.FormRead, Permission.DeploymentRead, Permission.SubmissionList, Permission.SubmissionRead,
        Permission.SubmissionUpdate, Permission.SubmissionDelete, Permission.SubmissionExport,
    ];

    private static readonly Dictionary<string, HashSet<Permission>> ByRole = new(StringComparer.Ordinal)
    {
        [Admin] = [.. Enum.GetValues<Permission>().Except(OnlyOfServer).Except(OfConfidential)],
        [Operator] = [.. OfInstallation, Permission.AuditRead, Permission.OrganisationCreate, Permission.SupportAsk],
        [Member] = [Permission.UnitRead],
        [Self] = [Permission.AccountRead, Permission.AccountUpdate],
        [DraftTester] = [Permission.SubmissionCreate],
        [PublicLink] = [Permission.FormDownload, Permission.SubmissionCreate],
        [Manager] =
        [
            Permission.ProjectRead, Permission.ProjectUpdate, Permission.ProjectDelete, Permission.ProjectAssign,
            Permission.FormList, Permission.FormRead, Permission.FormWrite, Permission.FormPublish,
            Permission.FormDelete, Permission.FormDownload,
            Permission.SubmissionList, Permission.SubmissionRead, Permission.SubmissionCreate,
            Permission.SubmissionUpdate, Permission.SubmissionDelete, Permission.SubmissionExport,
            Permission.AppUserList, Permission.AppUserCreate, Permission.AppUserRevoke,
            Permission.PublicLinkList, Permission.PublicLinkCreate, Permission.PublicLinkRevoke, Permission.AuditRead,
            Permission.DeploymentRead, Permission.DeploymentUpdate, Permission.SupportGrant, .. OfConfidential,
        ],
        [Viewer] = [.. Reading, Permission.SubmissionExport, Permission.DeploymentRead],
        [Support] = [Permission.UnitRead, .. Reading],
        [SupportExport] = [Permission.UnitRead, .. Reading, Permission.SubmissionExport],
        [Collector] = [Permission.ProjectRead, .. Collecting],
        [AppUser] = [.. Collecting],
        [Enumerator] =
        [
            .. Collecting, Permission.DeploymentRead, Permission.SubmissionList, Permission.SubmissionRead,
            Permission.SubmissionUpdate, Permission.SubmissionDelete,
        ],
        [DeploymentViewer] =
        [
            Permission.FormList, Permission.FormRead, Permission.DeploymentRead, Permission.SubmissionList, Permission.SubmissionRead,
            Permission.SubmissionExport,
        ],
        [Approver] =
        [
            Permission.FormList, Permission.FormRead, Permission.DeploymentRead, Permission.SubmissionList, Permission.SubmissionRead,
            Permission.SubmissionUpdate, Permission.SubmissionDelete,
        ],
        [DeploymentManager] = [.. Managing],
        [DeploymentAdmin] = [.. Managing, Permission.DeploymentUpdate],
        [ConfidentialReader] = [Permission.ConfidentialRead],
        [ConfidentialEditor] = [Permission.ConfidentialUpdate],
    };

    /// <summary>Tells whether a role includes a permission; an unknown role includes none.</summary>
    public static bool Allows(string role, Permission permission) =>
        ByRole.TryGetValue(role, out var permissions) && permissions.Contains(permission);

    /// <summary>Gives everything a role allows; nothing for an unknown role.</summary>
    public static IReadOnlyCollection<Permission> Of(string role) => ByRole.TryGetValue(role, out var permissions) ? permissions : [];

    /// <summary>The names of all roles of the program.</summary>
    public static IReadOnlyCollection<string> All => ByRole.Keys;

    /// <summary>Tells whether a role is support access, which the books name and which ends with being an operator.</summary>
    public static bool IsSupport(string role) => role is Support or SupportExport;

    /// <summary>Tells whether whoever may do this administers: such people always need a second factor.</summary>
    public static bool IsOfAdministrators(Permission permission) => Administering.Contains(permission);

    /// <summary>
    /// Tells whether handing a role out is asked for once more: one that administers or that hands out others. A role that an organisation
    /// made for itself always is.
    /// </summary>
    public static bool IsPowerful(string role) =>
        role.StartsWith(OwnPrefix, StringComparison.Ordinal)
        || Of(role).Any(permission => IsOfAdministrators(permission) || permission is Permission.ProjectAssign or Permission.DeploymentUpdate)
        || Of(role).Any(IsConfidential);

    /// <summary>Tells whether a permission is about confidential answers: it counts only where a project or a form is named.</summary>
    public static bool IsConfidential(Permission permission) => OfConfidential.Contains(permission);

    /// <summary>Tells whether something is allowed in a suspended project, to whoever is allowed it otherwise.</summary>
    public static bool IsAllowedWhileSuspended(Permission permission) => WhileSuspended.Contains(permission);

    /// <summary>Tells whether a role exists.</summary>
    public static bool IsKnown(string role) => ByRole.ContainsKey(role);

    /// <summary>
    /// Tells whether a permission is about one form, so that a role held at a single form allows it. People, app users, the audit book and
    /// the project itself are decided for a project as a whole.
    /// </summary>
    public static bool IsOfForm(Permission permission) => OfForm.Contains(permission);

    /// <summary>
    /// Tells whether a role limited to some submissions still allows a permission: what is done with submissions, and to see the form they
    /// answer. People, forms and the audit book know no such limit.
    /// </summary>
    public static bool IsOfRows(Permission permission) => OfRows.Contains(permission);

    /// <summary>Tells whether a permission is about projects and what lies in them, and not only about people and units.</summary>
    public static bool IsOfProject(Permission permission) => IsOfOrganisation(permission)
        && permission is not (Permission.UnitRead or Permission.UnitUpdate or Permission.MemberList or Permission.MemberUpdate or Permission.ProjectCreate or Permission.AuditRead or Permission.SupportGrant);

    /// <summary>Tells whether an organisation can put a permission into a role of its own; what is about the whole server it cannot.</summary>
    public static bool IsOfOrganisation(Permission permission) => !OfInstallation.Contains(permission) && !OnlyOfServer.Contains(permission);

    /// <summary>Tells whether a role can be held at places of a kind.</summary>
    public static bool FitsAt(string role, ScopeKind kind) => kind switch
    {
        ScopeKind.Installation => role is Operator,
        ScopeKind.Unit => role is Admin or Manager or Viewer or Collector,
        ScopeKind.Project or ScopeKind.Form =>
            role is Manager or Viewer or Collector or AppUser or ConfidentialReader or ConfidentialEditor,
        ScopeKind.Deployment => role is Enumerator or DeploymentViewer or DeploymentManager or DeploymentAdmin,
        ScopeKind.Stage => role is Approver,
        _ => false,
    };

    /// <summary>Gives the permissions of these names; unknown names, of a later version, are left out.</summary>
    public static IReadOnlySet<Permission> Named(IEnumerable<string> names) =>
        names.Where(name => Enum.TryParse<Permission>(name, out _)).Select(Enum.Parse<Permission>).ToHashSet();
}
