using System.Globalization;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>A page of what was done.</summary>
/// <param name="Next">What to send as <c>before</c> for older ones; null when there are none.</param>
internal sealed record ActivityPage(IReadOnlyList<ActivityItem> Items, string? Next);

/// <summary>One thing that was done.</summary>
/// <param name="Action">Such as <c>project.create</c>.</param>
/// <param name="Subject">A kind and an id.</param>
/// <param name="Project">Null when it concerns no one project.</param>
/// <param name="Door">How the request came in.</param>
/// <param name="ActingAs"><c>support</c> when an operator did it under support access; null when it was done in one's own right.</param>
/// <param name="SupportGrant">The grant of that support access.</param>
/// <param name="Form">The id, in addresses, of the form that it is about, or that the submission belongs to; null when there is none or it is gone.</param>
/// <param name="FormTitle">What that form is called.</param>
internal sealed record ActivityItem(
    long Id,
    DateTimeOffset At,
    PersonItem Actor,
    string Action,
    string Subject,
    string? Detail,
    long? Project,
    string Door,
    string? ActingAs,
    long? SupportGrant,
    string? Form,
    string? FormTitle)
{
    /// <summary>Shows a line of the audit book.</summary>
    public static ActivityItem Of(AuditRow row, IReadOnlyDictionary<long, string> names, Form? form) => new(
        row.Id,
        row.At,
        new PersonItem(row.ActorId, NameOf(row, names)),
        row.Action,
        $"{row.SubjectKind} {row.SubjectId}",
        row.Detail,
        row.ProjectId,
        row.Door,
        row.SupportGrant is null ? null : "support",
        row.SupportGrant,
        form?.XmlFormId,
        form?.Title);

    private static string NameOf(AuditRow row, IReadOnlyDictionary<long, string> names) =>
        names.TryGetValue(row.ActorId, out var name)
            ? name
            : row.ActorKind switch { "system" => "Fieldkeep", "draft_tester" => "Draft tester", _ => "" };
}

/// <summary>Whoever did or sent something.</summary>
/// <param name="Id">0 for the server itself and for those without an account.</param>
/// <param name="Name">Empty when it is not known.</param>
internal sealed record PersonItem(long Id, string Name);

/// <summary>Reads the names that lines of the audit book mention; who may see them was asked before.</summary>
internal sealed class ActivityNames(AccountQueries accounts, FormQueries forms, FormsOfSubmissions submissions)
{
    /// <summary>Shows lines with the names of who did it and, of one project, of the forms.</summary>
    public async Task<IReadOnlyList<ActivityItem>> ShowAsync(long? project, IReadOnlyList<AuditRow> rows, CancellationToken cancellationToken)
    {
        var names = await accounts.NamesAsync(rows.Select(row => row.ActorId), cancellationToken);
        var known = project is { } id && rows.Any(row => row.SubjectKind is "form" or "submission")
            ? await forms.ListAsync(new ProjectId(id), cancellationToken)
            : [];
        var instances = rows.Where(row => row.SubjectKind == "submission").Select(row => row.SubjectId).Distinct(StringComparer.Ordinal).ToArray();
        var formsOf = known.Count == 0 || instances.Length == 0
            ? new Dictionary<string, long>(StringComparer.Ordinal)
            : await submissions.ReadAsync([.. known.Select(form => form.Id.Value)], instances, cancellationToken);
        return [.. rows.Select(row => ActivityItem.Of(row, names, FormOf(row, known, formsOf)))];
    }

    // Lines name a form by its number, older ones by the id that people chose.
    private static Form? FormOf(AuditRow row, IReadOnlyList<Form> known, IReadOnlyDictionary<string, long> formsOf) => row.SubjectKind switch
    {
        "form" => known.FirstOrDefault(form => form.XmlFormId == row.SubjectId || form.Id.Value.ToString(CultureInfo.InvariantCulture) == row.SubjectId),
        "submission" when formsOf.TryGetValue(row.SubjectId, out var number) => known.FirstOrDefault(form => form.Id.Value == number),
        _ => null,
    };
}
