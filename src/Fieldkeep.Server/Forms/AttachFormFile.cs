using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Forms;

/// <summary>Gives a draft one of the files it asks for, or takes it away.</summary>
internal sealed class AttachFormFile(Db db, FormAccess access, ChangeLog changes, AuditLog audit, FormQueries forms, FormFiles files)
{
    // Held until the commit: a draft that is published meanwhile must not be changed any more.
    private const string LockDraft = """
        select id from forms.forms where draft_version_id = @draft and deleted_at is null for update
        """;

    /// <summary>Stores <paramref name="content"/> (at most <see cref="FormFiles.MaxBytes"/>) under <paramref name="name"/>.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>form.not_found</c>, <c>form.no_draft</c>, <c>form.draft_changed</c>,
    /// <c>form.no_such_file</c>, <c>form.too_large</c>.
    /// </exception>
    public async Task RunAsync(
        Actor actor,
        ProjectRef project,
        string xmlFormId,
        string name,
        Stream content,
        string contentType,
        CancellationToken cancellationToken)
    {
        var draft = await RequireDraftAsync(actor, project, xmlFormId, cancellationToken);
        if ((await forms.ListFilesAsync(draft, cancellationToken)).All(file => file.Name != name))
        {
            throw FormProblems.NoSuchFile(name);
        }

        var file = await files.SealAsync(project, name, content, contentType, cancellationToken);
        try
        {
            await using var tx = await db.BeginAsync(cancellationToken);
            await RequireStillDraftAsync(tx, draft, xmlFormId, cancellationToken);
            if (!await files.StoreAsync(tx, draft, file, cancellationToken))
            {
                throw FormProblems.NoSuchFile(name);
            }

            await RecordAsync(
                tx, actor, project, xmlFormId, "form.attach_file", new { name, file.Size }, cancellationToken);
            await tx.CommitAsync(cancellationToken);
        }
        catch (ProblemException)
        {
            // Certainly rolled back: no row names the file.
            files.Discard(file);
            throw;
        }
    }

    /// <summary>Takes the bytes of <paramref name="name"/> off the draft.</summary>
    /// <exception cref="ProblemException">As for attaching.</exception>
    public async Task ClearAsync(
        Actor actor, ProjectRef project, string xmlFormId, string name, CancellationToken cancellationToken)
    {
        var draft = await RequireDraftAsync(actor, project, xmlFormId, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        await RequireStillDraftAsync(tx, draft, xmlFormId, cancellationToken);
        if (!await files.ClearAsync(tx, draft, name, cancellationToken))
        {
            throw FormProblems.NoSuchFile(name);
        }

        await RecordAsync(tx, actor, project, xmlFormId, "form.clear_file", new { name }, cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }

    private async Task<FormVersionId> RequireDraftAsync(
        Actor actor, ProjectRef project, string xmlFormId, CancellationToken cancellationToken)
    {
        await access.RequireAsync(actor, Permission.FormWrite, project.Id, xmlFormId, cancellationToken);
        var form = await forms.GetAsync(project.Id, xmlFormId, cancellationToken);
        return form.DraftVersionId ?? throw FormProblems.NoDraft(xmlFormId);
    }

    private static async Task RequireStillDraftAsync(
        Tx tx, FormVersionId draft, string xmlFormId, CancellationToken cancellationToken)
    {
        if (await tx.FindAsync<FormId?>(LockDraft, new { draft }, cancellationToken) is null)
        {
            throw FormProblems.DraftChanged(xmlFormId);
        }
    }

    private async Task RecordAsync(
        Tx tx, Actor actor, ProjectRef project, string xmlFormId, string action, object after, CancellationToken cancellationToken)
    {
        await changes.AppendAsync(
            tx, actor, new Change(action, project, "form", xmlFormId, null, after), cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent(action, project.Id, "form", xmlFormId, null), cancellationToken);
    }
}
