using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Forms;

/// <summary>
/// Turns on ODK Central's managed encryption for a project: makes a key pair whose private half only the passphrase opens, and gives
/// every form without a key a new version, and every such draft a new draft, that phones encrypt to it. Forms uploaded later get it too.
/// </summary>
internal sealed class EnableEncryption(
    Db db, Policy policy, FormKeys keys, FormEncryption encryption, ChangeLog changes, AuditLog audit, FormCatalogue catalogue, TimeProvider clock)
{
    // Those in the trash too: brought back, they must not ask for answers in the clear.
    private const string LockForms = """
        select id, xml_form_id, current_version_id, draft_version_id from forms.forms where project_id = @project order by id for update
        """;

    private const string Version = "select version, xform, key_id from forms.versions where id = @version";

    private const string Copy = """
        insert into forms.versions
            (form_id, version, title, xform, key_id, workbook, workbook_type, itemsets_csv, created_by, created_at, published_by, published_at)
        select form_id, @text, title, @xform, @key, workbook, workbook_type, itemsets_csv, @actor, @now,
               case when @published then @actor end, case when @published then @now end
        from forms.versions where id = @version
        returning id
        """;

    private const string CopyFiles = """
        insert into forms.attachments (version_id, name, kind, row_id, blob, meta, size, updated_at)
        select @copy, name, kind, row_id, blob, meta, size, updated_at
        from forms.attachments where version_id = @version
        """;

    private const string Point = """
        update forms.forms set current_version_id = @current, draft_version_id = @draft, updated_at = @now where id = @form
        """;

    /// <summary>Turns it on; there is no way back for what was sent encrypted.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>key.no_passphrase</c>, <c>key.passphrase_too_short</c>,
    /// <c>key.passphrase_too_long</c>, <c>key.hint_too_long</c>, <c>key.already_managed</c>.
    /// </exception>
    public async Task<FormKeyId> RunAsync(
        Actor actor, ProjectRef project, string? passphrase, string? hint, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.ProjectUpdate, Scope.Of(project.Id), cancellationToken);
        var (checkedPassphrase, checkedHint) = (KeyProblems.CheckPassphrase(passphrase), KeyProblems.CheckHint(hint));
        if (await keys.FindManagedAsync(db, project, cancellationToken) is not null)
        {
            throw KeyProblems.AlreadyManaged();
        }

        var made = keys.Make(project, checkedPassphrase, checkedHint);
        await using var tx = await db.BeginAsync(cancellationToken);
        await FormKeys.HoldAloneAsync(tx, project.Id, cancellationToken);
        var key = await keys.InsertAsync(tx, actor, project.Id, made, cancellationToken) ?? throw KeyProblems.AlreadyManaged();
        var suffix = encryption.Suffix();
        foreach (var form in await tx.ListAsync<FormRow>(LockForms, new { project = project.Id }, cancellationToken))
        {
            await EnableAsync(tx, actor, project, form, new GivenKey(key, made.PublicKey, suffix), cancellationToken);
        }

        var after = new { keyId = key.Value, publicKey = made.PublicKey };
        await changes.AppendAsync(
            tx, actor, new Change("project.enable_encryption", project, "project", project.Id.ToString(), null, after), cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("project.enable_encryption", project.Id, "project", project.Id.ToString(), $"key {key}"), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        catalogue.Forget();
        return key;
    }

    private async Task EnableAsync(
        Tx tx, Actor actor, ProjectRef project, FormRow form, GivenKey key, CancellationToken cancellationToken)
    {
        var current = form.CurrentVersionId is { } published
            ? await EncryptAsync(tx, actor, published, key, isPublished: true, cancellationToken)
            : null;
        var draft = form.DraftVersionId is { } drafted
            ? await EncryptAsync(tx, actor, drafted, key, isPublished: false, cancellationToken)
            : null;
        if (current is null && draft is null)
        {
            return;
        }

        var pointed = new
        {
            form = form.Id,
            current = current ?? form.CurrentVersionId,
            draft = draft ?? form.DraftVersionId,
            now = clock.GetUtcNow(),
        };
        await tx.ExecuteAsync(Point, pointed, cancellationToken);
        var change = new Change(
            "form.enable_encryption",
            project,
            "form",
            form.Id.ToString(),
            new { currentVersionId = form.CurrentVersionId?.Value, draftVersionId = form.DraftVersionId?.Value },
            new { currentVersionId = pointed.current?.Value, draftVersionId = pointed.draft?.Value, keyId = key.Id.Value });
        await changes.AppendAsync(tx, actor, change, cancellationToken);
        await audit.AppendAsync(
            tx,
            actor,
            new AuditEvent(current is null ? "form.upload_draft" : "form.publish", project.Id, "form", form.Id.ToString(), form.XmlFormId),
            cancellationToken);
    }

    // Gives the copy; null when the version has a key of its own.
    private async Task<FormVersionId?> EncryptAsync(
        Tx tx, Actor actor, FormVersionId version, GivenKey key, bool isPublished, CancellationToken cancellationToken)
    {
        var row = await tx.GetAsync<VersionRow>(Version, new { version }, cancellationToken);
        if (row.KeyId is not null)
        {
            return null;
        }

        var keyed = FormEncryption.Enable(new KeyedXForm(row.Xform, row.Version, null), key.Id, key.PublicKey, key.Suffix);
        var copied = new
        {
            version,
            text = keyed.Version,
            xform = keyed.Xml,
            key = key.Id.Value,
            published = isPublished,
            actor = actor.Id,
            now = clock.GetUtcNow(),
        };
        var copy = await tx.GetAsync<FormVersionId>(Copy, copied, cancellationToken);
        await tx.ExecuteAsync(CopyFiles, new { version, copy }, cancellationToken);
        return copy;
    }

    private sealed record FormRow(
        FormId Id, string XmlFormId, FormVersionId? CurrentVersionId, FormVersionId? DraftVersionId);

    private sealed record VersionRow(string Version, string Xform, long? KeyId);

    private sealed record GivenKey(FormKeyId Id, string PublicKey, string Suffix);
}
