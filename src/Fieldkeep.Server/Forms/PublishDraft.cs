using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms.Confidential;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
using Fieldkeep.Server.Ledger;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.Server.Forms;

/// <summary>Makes a form's draft its current version; phones get it at their next look at the form list.</summary>
internal sealed class PublishDraft(
    Db db, FormAccess access, ChangeLog changes, AuditLog audit, FormQueries forms, FormCatalogue catalogue, UniteVersions unite, TimeProvider clock)
{
    // The form's row is locked, so that of two publishes at once one waits and then finds no draft.
    private const string LockForm = """
        select f.id, f.draft_version_id, f.current_version_id, d.version, d.xform
        from forms.forms f left join forms.versions d on d.id = f.draft_version_id
        where f.project_id = @project and f.xml_form_id = @xmlFormId and f.deleted_at is null
        for update of f
        """;

    private const string IsUsed = """
        select exists (select from forms.versions where form_id = @form and version = @version and published_at is not null)
        """;

    private const string Publish = """
        update forms.versions set published_at = @now, published_by = @actor, version = @version, xform = @xform
        where id = @draft
        """;

    private const string Point = """
        update forms.forms set current_version_id = @draft, draft_version_id = null, updated_at = @now where id = @form
        """;

    /// <summary>Publishes; <paramref name="version"/> replaces the version the draft was uploaded with, when given.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>form.not_found</c>, <c>form.no_draft</c>, <c>form.version_used</c>.
    /// </exception>
    public async Task<Form> RunAsync(
        Actor actor, ProjectRef project, string xmlFormId, string? version, CancellationToken cancellationToken)
    {
        await access.RequireAsync(actor, Permission.FormPublish, project.Id, xmlFormId, cancellationToken);
        var now = clock.GetUtcNow();
        await using var tx = await db.BeginAsync(cancellationToken);
        await FormKeys.HoldAsync(tx, project.Id, cancellationToken);
        var row = await tx.FindAsync<FormRow>(LockForm, new { project = project.Id, xmlFormId }, cancellationToken)
            ?? throw FormProblems.NotFound(xmlFormId);
        if (row.DraftVersionId is not { } draft || row.Xform is not { } xform)
        {
            throw FormProblems.NoDraft(xmlFormId);
        }

        var final = version ?? row.Version ?? "";
        if (await tx.GetAsync<bool>(IsUsed, new { form = row.Id, version = final }, cancellationToken))
        {
            throw FormProblems.VersionUsed(xmlFormId, final);
        }

        var text = final == row.Version ? xform : XFormVersion.Set(xform, final);
        await tx.ExecuteAsync(
            Publish, new { draft, actor = actor.Id, version = final, xform = text, now }, cancellationToken);
        await tx.ExecuteAsync(Point, new { form = row.Id, draft, now }, cancellationToken);
        var kept = await unite.RunAsync(tx, actor, project, row.Id, cancellationToken);
        var change = new Change(
            "form.publish",
            project,
            "form",
            row.Id.ToString(),
            new { currentVersionId = row.CurrentVersionId?.Value },
            kept.Count == 0
                ? new { currentVersionId = draft.Value, version = final }
                : new { currentVersionId = draft.Value, version = final, confidential = kept });
        await changes.AppendAsync(tx, actor, change, cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("form.publish", project.Id, "form", row.Id.ToString(), xmlFormId), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        catalogue.Forget();
        if (kept.Count > 0)
        {
            catalogue.ForgetConfidential();
        }

        return await forms.GetAsync(project.Id, xmlFormId, cancellationToken);
    }

    private sealed record FormRow(
        FormId Id, FormVersionId? DraftVersionId, FormVersionId? CurrentVersionId, string? Version, string? Xform);
}
