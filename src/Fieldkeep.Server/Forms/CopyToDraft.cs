using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Forms;

/// <summary>Makes a draft that is a copy of the form's current version with its files, to change only those.</summary>
internal sealed class CopyToDraft(
    Db db, FormAccess access, ChangeLog changes, AuditLog audit, FormCatalogue catalogue, TimeProvider clock)
{
    private const string Lock = """
        select id, current_version_id from forms.forms
        where project_id = @project and xml_form_id = @xmlFormId and deleted_at is null
        for update
        """;

    private const string CopyVersion = """
        insert into forms.versions
            (form_id, version, title, xform, key_id, workbook, workbook_type, itemsets_csv, created_by, created_at)
        select form_id, version, title, xform, key_id, workbook, workbook_type, itemsets_csv, @actor, @now
        from forms.versions where id = @current
        returning id
        """;

    private const string CopyFiles = """
        insert into forms.attachments (version_id, name, kind, row_id, blob, meta, size, updated_at)
        select @draft, name, kind, row_id, blob, meta, size, updated_at
        from forms.attachments where version_id = @current
        """;

    private const string Point = """
        update forms.forms set draft_version_id = @draft, updated_at = @now where id = @form
        """;

    /// <summary>Makes the draft; one that was there before stays in the history.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>form.not_found</c>, <c>form.not_published</c>.</exception>
    public async Task RunAsync(Actor actor, ProjectRef project, string xmlFormId, CancellationToken cancellationToken)
    {
        await access.RequireAsync(actor, Permission.FormWrite, project.Id, xmlFormId, cancellationToken);
        var now = clock.GetUtcNow();
        await using var tx = await db.BeginAsync(cancellationToken);
        await FormKeys.HoldAsync(tx, project.Id, cancellationToken);
        var row = await tx.FindAsync<FormRow>(Lock, new { project = project.Id, xmlFormId }, cancellationToken)
            ?? throw FormProblems.NotFound(xmlFormId);
        var current = row.CurrentVersionId ?? throw FormProblems.NotPublished(xmlFormId);
        var draft = await tx.GetAsync<FormVersionId>(CopyVersion, new { current, actor = actor.Id, now }, cancellationToken);
        await tx.ExecuteAsync(CopyFiles, new { current, draft }, cancellationToken);
        await tx.ExecuteAsync(Point, new { form = row.Id, draft, now }, cancellationToken);
        var after = new { xmlFormId, versionId = draft.Value, copyOf = current.Value };
        await changes.AppendAsync(
            tx, actor, new Change("form.copy_to_draft", project, "form", row.Id.ToString(), null, after), cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("form.copy_to_draft", project.Id, "form", row.Id.ToString(), xmlFormId), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        catalogue.Forget();
    }

    private sealed record FormRow(FormId Id, FormVersionId? CurrentVersionId);
}
