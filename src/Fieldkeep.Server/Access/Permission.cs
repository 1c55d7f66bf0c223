namespace Fieldkeep.Server.Access;

/// <summary>Names everything that can be allowed: a noun and a verb. Which role may what is in <see cref="RolePermissions"/>.</summary>
internal enum Permission
{
    /// <summary>Create organisations on this server.</summary>
    OrganisationCreate,

    /// <summary>See that a unit exists, its name and the units below it.</summary>
    UnitRead,

    /// <summary>Create, rename, move and remove units.</summary>
    UnitUpdate,

    /// <summary>See who belongs to a unit and which roles they hold.</summary>
    MemberList,

    /// <summary>Invite people to a unit, add and remove them, hand out roles there.</summary>
    MemberUpdate,

    /// <summary>Create projects.</summary>
    ProjectCreate,

    /// <summary>See that a project exists, its name and its counts.</summary>
    ProjectRead,

    /// <summary>Rename, describe or archive a project.</summary>
    ProjectUpdate,

    /// <summary>Move a project to the trash.</summary>
    ProjectDelete,

    /// <summary>Erase a project for good: its keys, then its rows and files.</summary>
    ProjectErase,

    /// <summary>Place a legal hold on a project or a submission, and lift it.</summary>
    ProjectHold,

    /// <summary>See a project's keys, and replace them.</summary>
    KeyRotate,

    /// <summary>Hand out roles in a project.</summary>
    ProjectAssign,

    /// <summary>List the forms of a project.</summary>
    FormList,

    /// <summary>Read a form's versions, fields and attachments, drafts too.</summary>
    FormRead,

    /// <summary>Upload drafts and their attachments, change a form's state.</summary>
    FormWrite,

    /// <summary>Publish a draft.</summary>
    FormPublish,

    /// <summary>Move a form to the trash.</summary>
    FormDelete,

    /// <summary>Download published, open forms to a phone.</summary>
    FormDownload,

    /// <summary>List submissions and their states.</summary>
    SubmissionList,

    /// <summary>Read answers and attachments.</summary>
    SubmissionRead,

    /// <summary>Send submissions.</summary>
    SubmissionCreate,

    /// <summary>Edit or review submissions.</summary>
    SubmissionUpdate,

    /// <summary>Move submissions to the trash.</summary>
    SubmissionDelete,

    /// <summary>Erase submissions or answers for good, replace them by pseudonyms, and say how long a project keeps what.</summary>
    SubmissionErase,

    /// <summary>Take answers out as files.</summary>
    SubmissionExport,

    /// <summary>Read confidential answers, where the answers around them may be read.</summary>
    ConfidentialRead,

    /// <summary>Replace confidential answers without reading them, where submissions may be edited.</summary>
    ConfidentialUpdate,

    /// <summary>See the deployments of a form that one belongs to: name, stages, how far they are.</summary>
    DeploymentRead,

    /// <summary>Make deployments, change their stages, options and people.</summary>
    DeploymentUpdate,

    /// <summary>List app users.</summary>
    AppUserList,

    /// <summary>Create app users and see their token once.</summary>
    AppUserCreate,

    /// <summary>Revoke app users.</summary>
    AppUserRevoke,

    /// <summary>List public links.</summary>
    PublicLinkList,

    /// <summary>Create public links and see their token once.</summary>
    PublicLinkCreate,

    /// <summary>Revoke public links.</summary>
    PublicLinkRevoke,

    /// <summary>List accounts.</summary>
    AccountList,

    /// <summary>Read an account.</summary>
    AccountRead,

    /// <summary>Create accounts.</summary>
    AccountCreate,

    /// <summary>Change or remove other people's accounts.</summary>
    AccountUpdate,

    /// <summary>Read who did what.</summary>
    AuditRead,

    /// <summary>Give an operator of the server support access, see what it was used for, and end it.</summary>
    SupportGrant,

    /// <summary>Ask for support access, and for access in an emergency.</summary>
    SupportAsk,

    /// <summary>See and start backups.</summary>
    BackupRun,

    /// <summary>Change settings of the whole server.</summary>
    SettingsUpdate,
}
