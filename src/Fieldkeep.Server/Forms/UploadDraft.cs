using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.XForms.Diagnostics;

namespace Fieldkeep.Server.Forms;

/// <summary>Says which form an upload may become a draft of.</summary>
/// <param name="XmlFormId">The form it must be; null for any.</param>
/// <param name="MustBeNew">Whether the form must not exist yet.</param>
/// <param name="RefuseWarnings">Whether warnings stop the upload, as ODK Central does until told otherwise.</param>
internal sealed record DraftTarget(string? XmlFormId, bool MustBeNew, bool RefuseWarnings);

/// <summary>The form an upload became a draft of, and what the compiler remarked.</summary>
internal sealed record UploadedDraft(Form Form, IReadOnlyList<Diagnostic> Diagnostics);

/// <summary>Stores a form file as a form's draft: a new form, or a new draft of one that exists.</summary>
internal sealed class UploadDraft(
    Db db, Policy policy, Places places, FormAccess access, ChangeLog changes, AuditLog audit, FormQueries forms, FormFiles files, FormEncryption encryption, FormCatalogue catalogue, TimeProvider clock)
{
    private static readonly string[] ReservedEndings = [".xml", ".xls", ".xlsx"];

    private const string Find = """
        select id, current_version_id, draft_version_id from forms.forms
        where project_id = @project and xml_form_id = @xmlFormId and deleted_at is null
        for update
        """;

    private const string InsertForm = """
        insert into forms.forms (project_id, xml_form_id, created_by, created_at)
        values (@project, @xmlFormId, @actor, @now)
        on conflict (project_id, xml_form_id) where deleted_at is null do nothing
        returning id
        """;

    private const string InsertVersion = """
        insert into forms.versions
            (form_id, version, title, xform, key_id, workbook, workbook_type, itemsets_csv, created_by, created_at)
        values (@form, @version, @title, @xform, @key, @workbook, @workbookType, @itemsetsCsv, @actor, @now)
        returning id
        """;

    private const string PointToDraft = """
        update forms.forms set draft_version_id = @version, updated_at = @now where id = @form
        """;

    /// <summary>Reads, checks and stores the file; nothing is stored when it is refused.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>form.refused</c> (with the diagnostics), <c>form.warnings</c>, <c>form.exists</c>,
    /// <c>form.other_form_id</c>, <c>form.id_reserved</c>, <c>form.too_large</c>.
    /// </exception>
    public async Task<UploadedDraft> RunAsync(
        Actor actor, ProjectRef project, FormUpload upload, DraftTarget target, CancellationToken cancellationToken)
    {
        // Who may change one form may upload drafts of it, and of no other: the file must be of that form.
        await (target.XmlFormId is { } known
            ? access.RequireAsync(actor, Permission.FormWrite, project.Id, known, cancellationToken)
            : policy.RequireAsync(actor, Permission.FormWrite, Scope.Of(project.Id), cancellationToken));
        var read = FormFileReader.Read(upload);
        if (read.XForm is not { } form || read.XFormXml is not { } xml)
        {
            throw FormProblems.Refused(read.Diagnostics);
        }

        RequireTarget(target, form.Id, read.Diagnostics);
        if (ReservedEndings.Any(ending => form.Id.EndsWith(ending, StringComparison.Ordinal)))
        {
            throw FormProblems.IdReserved(form.Id);
        }

        var now = clock.GetUtcNow();
        await using var tx = await db.BeginAsync(cancellationToken);
        var keyed = await encryption.ApplyAsync(tx, actor, project, new KeyedXForm(xml, form.Version ?? "", null), form.SubmissionPublicKey, cancellationToken);
        var (row, isNew) = await FindOrInsertAsync(tx, actor, project, form.Id, now, cancellationToken);
        if (target.MustBeNew && !isNew)
        {
            throw FormProblems.Exists(form.Id);
        }

        var version = await tx.GetAsync<FormVersionId>(
            InsertVersion,
            new
            {
                form = row.Id,
                version = keyed.Version,
                title = form.Title,
                xform = keyed.Xml,
                key = keyed.Key?.Value,
                workbook = read.IsWorkbook ? upload.Content.ToArray() : null,
                workbookType = read.IsWorkbook ? upload.WorkbookType : null,
                itemsetsCsv = read.ItemsetsCsv,
                actor = actor.Id,
                now,
            },
            cancellationToken);
        await files.PrepareAsync(
            tx, project, version, row.DraftVersionId ?? row.CurrentVersionId, form.Attachments, read.ItemsetsCsv, cancellationToken);
        await tx.ExecuteAsync(PointToDraft, new { form = row.Id, version, now }, cancellationToken);
        var after = new { xmlFormId = form.Id, version = keyed.Version, versionId = version.Value };
        await changes.AppendAsync(
            tx, actor, new Change("form.upload_draft", project, "form", row.Id.ToString(), null, after), cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("form.upload_draft", project.Id, "form", row.Id.ToString(), form.Id), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        catalogue.Forget();
        return new UploadedDraft(await forms.GetAsync(project.Id, form.Id, cancellationToken), read.Diagnostics);
    }

    private static void RequireTarget(DraftTarget target, string xmlFormId, IReadOnlyList<Diagnostic> diagnostics)
    {
        if (target.XmlFormId is { } expected && expected != xmlFormId)
        {
            throw FormProblems.OtherForm(expected, xmlFormId);
        }

        if (target.RefuseWarnings && diagnostics.Any(diagnostic => diagnostic.Severity == Severity.Warning))
        {
            throw FormProblems.Warned(diagnostics);
        }
    }

    private async Task<(FormRow Row, bool IsNew)> FindOrInsertAsync(
        Tx tx, Actor actor, ProjectRef project, string xmlFormId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var arguments = new { project = project.Id, xmlFormId, actor = actor.Id, now };
        if (await tx.FindAsync<FormId?>(InsertForm, arguments, cancellationToken) is { } inserted)
        {
            await places.AddAsync(tx, Scope.Of(inserted), Scope.Of(project.Id), 0, cancellationToken);
            return (new FormRow(inserted, null, null), true);
        }

        return (await tx.GetAsync<FormRow>(Find, arguments, cancellationToken), false);
    }

    private sealed record FormRow(FormId Id, FormVersionId? CurrentVersionId, FormVersionId? DraftVersionId);
}
