using Fieldkeep.Server.Audit;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Translates between the actions of the audit book and Central's. What Central has no word for keeps ours.</summary>
internal static class CentralActions
{
    private const string Any = "";
    private const string Account = "account";
    private const string AppUser = "app_user";

    // The first row that fits is how an action is shown; a filter by Central's name takes every row with it.
    private static readonly (string Ours, string Subject, string Central)[] Table =
    [
        ("account.create", Any, "user.create"),
        ("account.update", Any, "user.update"),
        ("account.password", Any, "user.update"),
        ("account.delete", Any, "user.delete"),
        ("session.create", Any, "user.session.create"),
        ("session.end", Any, "user.session.end"),
        ("preference.set", Any, "user.preference.update"),
        ("preference.remove", Any, "user.preference.delete"),
        ("role.assign", Account, "user.assignment.create"),
        ("role.remove", Account, "user.assignment.delete"),
        ("role.assign", AppUser, "field_key.assignment.create"),
        ("role.remove", AppUser, "field_key.assignment.delete"),
        ("app_user.create", Any, "field_key.create"),
        ("app_user.revoke", Any, "field_key.delete"),
        ("project.update", Any, "project.update"),
        ("project.enable_encryption", Any, "project.update"),
        ("form.create", Any, "form.create"),
        ("form.upload_draft", Any, "form.update.draft.set"),
        ("form.discard_draft", Any, "form.update.draft.delete"),
        ("form.publish", Any, "form.update.publish"),
        ("form.set_state", Any, "form.update"),
        ("form.trash", Any, "form.delete"),
        ("form.attach_file", Any, "form.attachment.update"),
        ("form.clear_file", Any, "form.attachment.update"),
        ("submission.add_files", Any, "submission.attachment.update"),
        ("submission.edit", Any, "submission.update.version"),
        ("submission.review", Any, "submission.update"),
        ("submission.trash", Any, "submission.delete"),
        ("submission.export", Any, "form.submission.export"),
        ("setting.set", Any, "config.set"),
    ];

    private static readonly Dictionary<string, string[]> Categories = new(StringComparer.Ordinal)
    {
        ["user"] =
        [
            "user.create", "user.update", "user.delete", "user.assignment.create", "user.assignment.delete", "user.session.create",
        ],
        ["field_key"] =
        [
            "field_key.create", "field_key.assignment.create", "field_key.assignment.delete", "field_key.session.end",
            "field_key.delete", "field_key.property.set",
        ],
        ["public_link"] =
        [
            "public_link.create", "public_link.assignment.create", "public_link.assignment.delete", "public_link.session.end",
            "public_link.delete", "public_link.property.set",
        ],
        ["project"] = ["project.create", "project.update", "project.delete", "actor_property.create"],
        ["form"] =
        [
            "form.create", "form.update", "form.delete", "form.restore", "form.purge", "form.attachment.update",
            "form.submission.export", "form.update.draft.set", "form.update.draft.delete", "form.update.draft.replace",
            "form.update.publish",
        ],
        ["submission"] =
        [
            "submission.create", "submission.update", "submission.update.version", "submission.attachment.update",
            "submission.delete", "submission.restore", "submission.purge",
        ],
        ["config"] = ["config.set"],
    };

    // What is done so often that it hides everything else: Central's list, and our lines about reading.
    private static readonly string[] Verbose =
    [
        .. Categories["submission"], "submission.read", "submission.list", "submission.read_file", "submission.export_download",
        "submission.compare", "submission.comment",
        "user.preference.update", "user.preference.delete",
    ];

    /// <summary>Gives Central's name for an action on a kind of subject.</summary>
    public static string NameOf(string action, string subjectKind) =>
        Table.Where(row => row.Ours == action && (row.Subject.Length == 0 || row.Subject == subjectKind))
            .Select(row => row.Central)
            .FirstOrDefault(action);

    /// <summary>Gives what a filter by Central's name, or by one of its categories, means here.</summary>
    public static AuditActions Matching(string filter) => filter switch
    {
        "nonverbose" => new AuditActions(true, [.. Verbose.SelectMany(NamedSo)]),
        _ when Categories.TryGetValue(filter, out var names) => new AuditActions(false, [.. names.SelectMany(NamedSo)]),
        _ => new AuditActions(false, [.. NamedSo(filter)]),
    };

    // A word of ours that is shown under another name is not found under its own: it would be shown as something else.
    private static IEnumerable<(string Action, string SubjectKind)> NamedSo(string central)
    {
        var known = Table.Where(row => row.Central == central).Select(row => (row.Ours, row.Subject));
        return Table.Any(row => row.Ours == central) ? known : known.Append((central, Any));
    }
}
