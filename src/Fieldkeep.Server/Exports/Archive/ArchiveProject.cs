using System.Text.Json;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Exports.Formats;
using Fieldkeep.Server.Exports.Media;
using Fieldkeep.Server.Exports.Rows;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;

namespace Fieldkeep.Server.Exports.Archive;

/// <summary>Writes one project into an archive: its people, its forms with all versions and files, and what was collected; each part as far as the reader may see it.</summary>
internal sealed class ArchiveProject(
    Db db,
    Policy policy,
    GrantRows grants,
    AppUserQueries phones,
    AuditLog audit,
    FormQueries forms,
    FormFiles files,
    BeginExport begin,
    WriteExport exporter,
    ArchiveSubmissions submissions)
{
    /// <summary>Writes it.</summary>
    public async Task WriteAsync(
        ArchiveZip archive, Actor actor, Project project, FindNames names, ArchiveCounts counts, CancellationToken cancellationToken)
    {
        var folder = $"projects/{project.Id}";
        await archive.WriteJsonAsync(
            $"{folder}/project.json",
            new { id = project.Id.Value, project.Name, project.Description, project.Archived, project.CreatedAt, project.UpdatedAt, unit = project.Unit.Value },
            cancellationToken);
        var scope = Scope.Of(project.Id);
        if (await MayAsync(actor, Permission.ProjectAssign, scope, $"{folder}/roles.json", counts, cancellationToken))
        {
            await WriteRolesAsync(archive, project, names, folder, cancellationToken);
        }

        if (await MayAsync(actor, Permission.AppUserList, scope, $"{folder}/app-users.json", counts, cancellationToken))
        {
            await WritePhonesAsync(archive, actor, project, folder, cancellationToken);
        }

        if (await MayAsync(actor, Permission.AuditRead, scope, $"{folder}/activity.json", counts, cancellationToken))
        {
            await WriteActivityAsync(archive, project, names, folder, cancellationToken);
        }

        var folders = new ArchiveNames();
        foreach (var form in await forms.ListAsync(project.Id, cancellationToken))
        {
            await WriteFormAsync(archive, actor, project, form, $"{folder}/forms/{folders.Take(form.XmlFormId)}", names, counts, cancellationToken);
        }
    }

    private async Task<bool> MayAsync(
        Actor actor, Permission permission, Scope scope, string part, ArchiveCounts counts, CancellationToken cancellationToken)
    {
        var may = await policy.HasAsync(actor, permission, scope, cancellationToken);
        if (!may)
        {
            counts.LeftOut.Add($"{part}: it takes the right {PermissionNames.NameOf(permission)}");
        }

        return may;
    }

    private async Task WriteRolesAsync(ArchiveZip archive, Project project, FindNames names, string folder, CancellationToken cancellationToken)
    {
        var held = await grants.ListAllBelowAsync(db, Scope.Of(project.Id), cancellationToken);
        var known = await names(held.Where(row => row.Grant.Subject.Kind == SubjectKind.Actor).Select(row => row.Grant.Subject.Id), cancellationToken);
        var roles = held.Select(row => new
        {
            subject = row.Grant.Subject.Kind.ToString(),
            subjectId = row.Grant.Subject.Id,
            name = row.Grant.Subject.Kind == SubjectKind.Actor ? known.GetValueOrDefault(row.Grant.Subject.Id) : null,
            role = row.Grant.Role,
            place = row.Grant.Scope.Kind.ToString(),
            placeId = row.Grant.Scope.Id,
            onlyOwn = row.Grant.IsOwn,
            givenAt = row.At,
            expiresAt = row.Grant.ExpiresAt,
        });
        await archive.WriteJsonAsync($"{folder}/roles.json", roles.ToList(), cancellationToken);
    }

    private async Task WritePhonesAsync(ArchiveZip archive, Actor actor, Project project, string folder, CancellationToken cancellationToken)
    {
        var made = (await phones.ListAsync(actor, project.Id, cancellationToken))
            .Select(phone => new { id = phone.Id.Value, name = phone.DisplayName, phone.CreatedAt, phone.LastUsedAt, phone.RevokedAt });
        await archive.WriteJsonAsync($"{folder}/app-users.json", made.ToList(), cancellationToken);
    }

    private Task WriteActivityAsync(ArchiveZip archive, Project project, FindNames names, string folder, CancellationToken cancellationToken) => archive.WriteAsync(
        $"{folder}/activity.json",
        async stream =>
        {
            await using var text = new StreamWriter(stream, leaveOpen: true);
            for (string? before = null; ;)
            {
                var page = await audit.ListAsync([project.Id.Value], false, before, AuditLog.MostRows, cancellationToken);
                var known = await names(page.Items.Select(row => row.ActorId), cancellationToken);
                foreach (var row in page.Items)
                {
                    var line = new { at = row.At, by = row.ActorId, name = known.GetValueOrDefault(row.ActorId), door = row.Door, action = row.Action, what = row.SubjectKind, which = row.SubjectId, detail = row.Detail };
                    await text.WriteLineAsync(JsonSerializer.Serialize(line, JsonSerializerOptions.Web).AsMemory(), cancellationToken);
                }

                if (page.Next is null)
                {
                    break;
                }

                before = page.Next;
            }
        },
        cancellationToken);

    private async Task WriteFormAsync(
        ArchiveZip archive,
        Actor actor,
        Project project,
        Form form,
        string folder,
        FindNames names,
        ArchiveCounts counts,
        CancellationToken cancellationToken)
    {
        var versions = await forms.ListVersionsAsync(form.Id, cancellationToken);
        await archive.WriteJsonAsync(
            $"{folder}/form.json",
            new
            {
                id = form.XmlFormId,
                form.Title,
                form.State,
                form.CreatedAt,
                createdBy = form.CreatedBy.Value,
                versions = versions.Select(version => new { number = version.Id.Value, version.Version, version.Title, version.PublishedAt, isEncrypted = version.KeyId is not null }),
                draft = form.DraftVersionId?.Value,
            },
            cancellationToken);
        if (await MayAsync(actor, Permission.FormRead, Scope.Of(form.Id), $"{folder}/versions", counts, cancellationToken))
        {
            foreach (var id in versions.Select(version => version.Id).Concat(form.DraftVersionId is { } draft ? [draft] : Array.Empty<FormVersionId>()))
            {
                await WriteVersionAsync(archive, project, $"{folder}/versions/{id}", id, cancellationToken);
            }
        }

        if (form.CurrentVersionId is null)
        {
            return;
        }

        await WriteTablesAsync(archive, actor, project, form, names, folder, cancellationToken);
        var reads = new ArchiveReads(
            await MayAsync(actor, Permission.SubmissionDelete, Scope.Of(form.Id), $"{folder}/submissions in the trash", counts, cancellationToken),
            await MayAsync(actor, Permission.SubmissionRead, Scope.Of(form.Id), $"{folder}/submissions: comments and history", counts, cancellationToken));
        await submissions.WriteAsync(archive, actor, project.Ref, form.XmlFormId, reads, folder, names, counts, cancellationToken);
    }

    private async Task WriteVersionAsync(ArchiveZip archive, Project project, string folder, FormVersionId id, CancellationToken cancellationToken)
    {
        await archive.WriteTextAsync($"{folder}.xml", await forms.GetXmlAsync(id, cancellationToken), cancellationToken);
        if (await forms.FindWorkbookAsync(id, cancellationToken) is { Workbook: { } workbook } found)
        {
            await archive.WriteBytesAsync($"{folder}{EntryNames.Safe(found.WorkbookType ?? ".xlsx").Insert(0, ".").Replace("..", ".", StringComparison.Ordinal)}", workbook, cancellationToken);
        }

        var taken = new ArchiveNames();
        foreach (var file in await forms.ListStoredFilesAsync(id, cancellationToken))
        {
            await using var content = await files.OpenReadAsync(project.Ref, file, cancellationToken);
            await archive.CopyAsync($"{folder}/{taken.Take(file.Name)}", content, cancellationToken);
        }
    }

    private async Task WriteTablesAsync(
        ArchiveZip archive, Actor actor, Project project, Form form, FindNames names, string folder, CancellationToken cancellationToken)
    {
        var options = new ExportOptions(GroupPaths: true, SplitSelectMultiples: false, Media: false, DeletedFields: true) { Format = ExportFormat.CsvZip };
        var wanted = new WantedExport(project.Ref, form.XmlFormId, false, new RowSelection(null, null, null, null, null), options);
        var export = await begin.RunAsync(actor, wanted, names, cancellationToken);
        await archive.WriteAsync(
            $"{folder}/submissions.zip", stream => exporter.RunAsync(actor, export, new ExportProgress(), stream, cancellationToken), cancellationToken);
    }
}
