using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Tokens;

/// <summary>Says what the words on a token allow. Never accounts, roles, settings, backups or the end of a project.</summary>
internal static class TokenScopes
{
    /// <summary>What an app password allows: to fill in, and to read and mend what was sent.</summary>
    public static readonly IReadOnlyList<string> OfAppPassword = ["submit", "read", "export", "write"];

    private static readonly Permission[] Seeing =
        [Permission.ProjectRead, Permission.FormList, Permission.FormRead, Permission.FormDownload];

    private static readonly Dictionary<string, Permission[]> ByName = new(StringComparer.Ordinal)
    {
        ["read"] = [.. Seeing, Permission.SubmissionList, Permission.SubmissionRead],
        ["export"] = [.. Seeing, Permission.SubmissionList, Permission.SubmissionRead, Permission.SubmissionExport],
        ["submit"] = [Permission.ProjectRead, Permission.FormList, Permission.FormDownload, Permission.SubmissionCreate],
        ["write"] = [.. Seeing, Permission.FormWrite, Permission.FormPublish, Permission.SubmissionCreate, Permission.SubmissionUpdate],
        ["delete"] = [Permission.ProjectRead, Permission.FormList, Permission.FormDelete, Permission.SubmissionDelete],
        ["manage"] =
        [
            Permission.ProjectRead, Permission.FormList, Permission.ProjectUpdate, Permission.AuditRead,
            Permission.AppUserList, Permission.AppUserCreate, Permission.AppUserRevoke,
            Permission.PublicLinkList, Permission.PublicLinkCreate, Permission.PublicLinkRevoke,
        ],
    };

    /// <summary>The words there are.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    /// <summary>Gives what words allow in these projects; null projects are all that the owner reaches.</summary>
    public static ActorBounds BoundsOf(IEnumerable<string> scopes, IEnumerable<long>? projects) => new(
        scopes.SelectMany(scope => ByName.GetValueOrDefault(scope) ?? []).Select(permission => permission.ToString()).ToHashSet(StringComparer.Ordinal),
        projects?.ToHashSet());
}
