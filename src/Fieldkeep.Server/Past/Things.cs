using System.Text.Json;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Past;

/// <summary>Says which entries are about the very same thing, so that the newest of them tells how it stands.</summary>
internal static class Things
{
    /// <summary>First words of the actions that are told: settings, permissions and forms, nobody's answers or own preferences.</summary>
    public static readonly string[] Families =
        ["project", "form", "deployment", "role", "row_condition", "app_user", "public_link", "unit", "member", "organisation", "setting", "key", "factor", "retention"];

    /// <summary>Actions whose bodies may say what their authors did not write for the readers of the book.</summary>
    public static readonly string[] Hidden =
    [
        "project.enable_encryption", "project.erase", "form.enable_encryption", "form.privacy_decide", "form.privacy_withdraw", "form.attach_file", "form.clear_file",
        "member.import",
    ];

    private static readonly string[][] Groups =
    [
        ["project.update"], ["form.set_state"], ["setting.set"], ["deployment.change", "deployment.open", "deployment.close"],
        ["deployment.replace_stages"], ["factor.rule"], ["unit.rename"], ["unit.move"],
        ["role.assign", "role.remove"], ["role.assign_limited", "role.remove_limited"], ["deployment.add_person", "deployment.remove_person"],
        ["row_condition.create", "row_condition.remove"], ["role.update"],
    ];

    /// <summary>The actions on the same kind of thing; null for an action that cannot be reverted.</summary>
    public static string[]? ActionsLike(string action) => Array.Find(Groups, group => group.Contains(action));

    /// <summary>Says whether an entry is of a kind that can be reverted, whether or not its reader is shown what was before and after.</summary>
    public static bool CanRevert(PastEntry entry) =>
        entry.IsReadable && (KeyOf(entry) is not null || (entry is { Before: null, After: null } && ActionsLike(entry.Action) is not null));

    /// <summary>Names the thing that an entry is about; null when its body does not tell, or its action cannot be reverted.</summary>
    public static string? KeyOf(PastEntry entry)
    {
        if (ActionsLike(entry.Action) is not { } group || (entry.After ?? entry.Before) is not { ValueKind: JsonValueKind.Object } body)
        {
            return null;
        }

        return group[0] switch
        {
            "role.assign" => $"{group[0]} {entry.SubjectKind} {entry.SubjectId} {RoleKey(entry, body)}",
            "role.assign_limited" => $"{group[0]} {entry.SubjectKind} {entry.SubjectId} {TextOf(body, "role")} {TextOf(body, "form")} {TextOf(body, "isOwn")} {TextOf(body, "condition")}",
            "deployment.add_person" => $"{group[0]} {entry.SubjectId} {TextOf(body, "role")} {TextOf(body, "stage")} {TextOf(body, "subject")} {TextOf(body, "id")}",
            "row_condition.create" => $"{group[0]} {TextOf(body, "form")} {TextOf(body, "name")}",
            _ => $"{group[0]} {entry.SubjectKind} {entry.SubjectId}",
        };
    }

    /// <summary>A member as text; empty when there is none.</summary>
    public static string TextOf(JsonElement body, string name) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out var member) && member.ValueKind != JsonValueKind.Null ? member.ToString() : "";

    /// <summary>A member as a number; null when there is none.</summary>
    public static long? NumberOf(JsonElement body, string name) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Number ? member.GetInt64() : null;

    // The page of people and ODK Central's assignments write it differently.
    private static string RoleKey(PastEntry entry, JsonElement body)
    {
        if (body.TryGetProperty("what", out var what))
        {
            return $"{TextOf(what, "role")} {TextOf(what, "place").ToLowerInvariant()}:{TextOf(what, "id")}";
        }

        var place = NumberOf(body, "unit") is { } unit ? $"unit:{unit}" : NumberOf(body, "form") is { } form ? $"form:{form}" : $"project:{entry.Project}";
        return $"{TextOf(body, "role")} {place}";
    }
}
