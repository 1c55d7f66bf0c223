using System.Globalization;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
using Fieldkeep.Server.Organisations;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Shows lines of the audit book in Central's shape. Callers check access first.</summary>
internal sealed class AuditEntries(
    AuditSearch search, AccountQueries accounts, ProjectQueries projects, FormQueries forms, FormKeys keys)
{
    /// <summary>Streams what a filter finds, newest first.</summary>
    public async IAsyncEnumerable<AuditV1> ReadAsync(
        AuditFilter filter,
        CentralPage page,
        bool isExtended,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var slice in search.ReadAsync(filter, page.Offset, page.Limit, cancellationToken))
        {
            foreach (var entry in await ShowAsync(slice, isExtended, cancellationToken))
            {
                yield return entry;
            }
        }
    }

    /// <summary>Lists what was done to one submission, newest first.</summary>
    /// <param name="instanceIds">The instance ids of all its versions.</param>
    public async Task<IReadOnlyList<AuditV1>> ListOfSubmissionAsync(
        ProjectId project, IReadOnlyList<string> instanceIds, bool isExtended, CancellationToken cancellationToken) =>
        await ShowAsync(
            await search.ListOfSubjectsAsync(project, "submission", instanceIds, cancellationToken), isExtended, cancellationToken);

    private async Task<IReadOnlyList<AuditV1>> ShowAsync(
        IReadOnlyList<AuditEntry> entries, bool isExtended, CancellationToken cancellationToken)
    {
        if (!isExtended)
        {
            return [.. entries.Select(Of)];
        }

        var actors = await accounts.ActorsAsync(
            entries.Select(entry => entry.ActorId).Concat(entries.Where(IsAboutActor).Select(SubjectOf)).Where(id => id > 0),
            cancellationToken);
        var actees = await FindActeesAsync(entries, cancellationToken);
        return
        [
            .. entries.Select(entry => Of(entry) with
            {
                Actor = ActorDetailV1.Of(actors.GetValueOrDefault(entry.ActorId)),
                Actee = IsAboutActor(entry)
                    ? ActorDetailV1.Of(actors.GetValueOrDefault(SubjectOf(entry)))
                    : actees.GetValueOrDefault((entry.SubjectKind, SubjectOf(entry))),
            }),
        ];
    }

    private async Task<Dictionary<(string Kind, long Id), object>> FindActeesAsync(
        IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken)
    {
        var found = new Dictionary<(string Kind, long Id), object>();
        foreach (var id in entries.Where(entry => entry.ProjectId is not null).Select(entry => entry.ProjectId ?? 0).Distinct())
        {
            if (await projects.FindAsync(new ProjectId(id), cancellationToken) is { } project)
            {
                found[("project", id)] = await ProjectV1.Of(project).WithKeyAsync(keys, cancellationToken);
            }

            if (entries.Any(entry => entry.ProjectId == id && entry.SubjectKind == "form"))
            {
                foreach (var form in await forms.ListAsync(new ProjectId(id), cancellationToken))
                {
                    found[("form", form.Id.Value)] = FormV1.Of(form);
                }
            }
        }

        return found;
    }

    private static AuditV1 Of(AuditEntry entry) => new(
        entry.ActorId == 0 ? null : entry.ActorId,
        CentralActions.NameOf(entry.Action, entry.SubjectKind),
        $"{entry.SubjectKind}:{entry.SubjectId}",
        DetailsOf(entry),
        entry.At,
        entry.Notes);

    private static JsonObject? DetailsOf(AuditEntry entry) => entry switch
    {
        { Action: "role.assign" or "role.remove" } => DetailsOfRole(entry),
        { Action: "account.password" } => new JsonObject { ["data"] = new JsonObject { ["password"] = entry.Detail is null ? true : null } },
        { SubjectKind: "submission" } => new JsonObject { ["instanceId"] = entry.SubjectId },
        { SubjectKind: "setting" } => new JsonObject { ["key"] = entry.SubjectId },
        { Detail: { Length: > 0 } detail } => new JsonObject { ["detail"] = detail },
        _ => null,
    };

    private static JsonObject DetailsOfRole(AuditEntry entry)
    {
        // “app-user at form 7”, “manager”.
        var words = (entry.Detail ?? "").Split(" at form ");
        var place = words.Length > 1 ? $"form:{words[1]}" : entry.ProjectId is { } project ? $"project:{project}" : "*";
        return new JsonObject
        {
            ["roleId"] = CentralRole.NumberOf(words[0]),
            [entry.Action == "role.assign" ? "grantedActeeId" : "revokedActeeId"] = place,
        };
    }

    private static bool IsAboutActor(AuditEntry entry) => entry.SubjectKind is "account" or "app_user" or "public_link";

    private static long SubjectOf(AuditEntry entry) =>
        long.TryParse(entry.SubjectId, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0;
}
