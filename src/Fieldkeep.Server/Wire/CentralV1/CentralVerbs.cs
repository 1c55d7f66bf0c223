using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Says what an actor may do in Central's words, of which clients know some and ignore others.</summary>
internal static class CentralVerbs
{
    private static readonly (Permission Permission, string[] Verbs)[] Table =
    [
        (Permission.ProjectCreate, ["project.create"]),
        (Permission.ProjectRead, ["project.read", "project.list"]),
        (Permission.ProjectUpdate, ["project.update"]),
        (Permission.ProjectDelete, ["project.delete"]),
        (Permission.ProjectAssign, ["assignment.list", "assignment.create", "assignment.delete"]),
        (Permission.FormList, ["open_form.list", "open_form.read"]),
        (Permission.FormRead, ["form.list", "form.read"]),
        (Permission.FormWrite, ["form.create", "form.update"]),
        (Permission.FormDelete, ["form.delete"]),
        (Permission.SubmissionList, ["submission.list"]),
        (Permission.SubmissionRead, ["submission.read"]),
        (Permission.SubmissionCreate, ["submission.create"]),
        (Permission.SubmissionUpdate, ["submission.update"]),
        (Permission.SubmissionDelete, ["submission.delete"]),
        (Permission.AppUserList, ["field_key.list", "actor_property.list"]),
        (Permission.AppUserCreate, ["field_key.create", "field_key.update"]),
        (Permission.AppUserRevoke, ["field_key.delete", "session.end"]),
        (Permission.PublicLinkList, ["public_link.list", "public_link.read"]),
        (Permission.PublicLinkCreate, ["public_link.create", "public_link.update"]),
        (Permission.PublicLinkRevoke, ["public_link.delete"]),
        (Permission.AccountList, ["user.list", "user.read"]),
        (Permission.AccountCreate, ["user.create"]),
        (Permission.AccountUpdate, ["user.update", "user.delete", "user.password.invalidate"]),
        (Permission.AuditRead, ["audit.read"]),
        (Permission.BackupRun, ["backup.run"]),
        (Permission.SettingsUpdate, ["config.read", "config.set", "analytics.read"]),
    ];

    /// <summary>Gives the verbs of what a role allows.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyCollection<Permission> permissions) =>
        [.. Table.Where(row => permissions.Contains(row.Permission)).SelectMany(row => row.Verbs)];

    /// <summary>Gives the verbs that hold for what Central calls the whole site: the home organisation, and the server itself.</summary>
    public static async Task<IReadOnlyList<string>> OfSiteAsync(
        Actor actor, Policy policy, Places places, CancellationToken cancellationToken)
    {
        var home = await OfAsync(actor, Scope.Of(await places.HomeAsync(cancellationToken)), policy, cancellationToken);
        return [.. home.Union(await OfAsync(actor, Scope.Installation, policy, cancellationToken), StringComparer.Ordinal)];
    }

    /// <summary>Gives the verbs that hold at a place.</summary>
    public static async Task<IReadOnlyList<string>> OfAsync(
        Actor actor, Scope scope, Policy policy, CancellationToken cancellationToken)
    {
        var held = new List<string>();
        foreach (var (permission, verbs) in Table)
        {
            if (await policy.HasAsync(actor, permission, scope, cancellationToken))
            {
                held.AddRange(verbs);
            }
        }

        return held;
    }
}
