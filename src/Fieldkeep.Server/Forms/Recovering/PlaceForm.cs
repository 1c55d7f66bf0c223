using System.Text;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms.Confidential;
using Fieldkeep.Server.Forms.Privacy;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Vault;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.Server.Forms.Recovering;

/// <summary>
/// Places a form of a restored database in a new project: its published versions letter by letter as phones have them, with their times, files and
/// workbooks, and its draft. Nothing is compiled anew. It is closed until all of the project is there.
/// </summary>
internal sealed class PlaceForm(
    Db db,
    Policy policy,
    Places places,
    FormFiles files,
    FormKeys keys,
    ConfidentialFlags flags,
    PrivacyDecisions decisions,
    FormCatalogue catalogue,
    ChangeLog changes,
    AuditLog audit)
{
    private const string InsertForm = """
        insert into forms.forms (project_id, xml_form_id, state, created_by, created_at)
        values (@project, @xmlFormId, 'closed', @actor, @at) returning id
        """;

    private const string InsertVersion = """
        insert into forms.versions
            (form_id, version, title, xform, key_id, workbook, workbook_type, itemsets_csv, created_by, created_at, published_by, published_at)
        values (@form, @version, @title, @xform, @key, @workbook, @workbookType, @itemsetsCsv, @actor, @createdAt, @publishedBy, @publishedAt)
        returning id
        """;

    private const string InsertNames = """
        insert into forms.attachments (version_id, name, kind)
        select @version, name, kind from unnest(@names::text[], @kinds::text[]) as asked (name, kind)
        """;

    private const string Point = """
        update forms.forms set current_version_id = @current, draft_version_id = @draft where id = @form
        """;

    /// <summary>Places it, in one transaction.</summary>
    /// <param name="from">Reads the restored database.</param>
    /// <param name="there">The form's project there.</param>
    /// <param name="here">The project it comes to.</param>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>storage.full</c>.</exception>
    public async Task<PlacedForm> RunAsync(
        Actor actor, ReadRecoverableForms from, ProjectRef there, RecoverableForm form, ProjectRef here, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.FormWrite, Scope.Of(here.Id), cancellationToken);
        var placing = new Placing(from, there, form, here);
        await using var tx = await db.BeginAsync(cancellationToken);
        await FormKeys.HoldAsync(tx, here.Id, cancellationToken);
        placing.Id = new FormId(await tx.GetAsync<long>(
            InsertForm,
            new { project = here.Id, xmlFormId = form.XmlFormId, actor = actor.Id, at = form.CreatedAt },
            cancellationToken));
        await places.AddAsync(tx, Scope.Of(placing.Id), Scope.Of(here.Id), 0, cancellationToken);
        FormVersionId? current = null;
        FormVersionId? draft = null;
        foreach (var version in await from.ListVersionsAsync(form, cancellationToken))
        {
            var placed = await PlaceVersionAsync(tx, actor, placing, version, current, cancellationToken);
            if (version == form.DraftVersionId)
            {
                draft = placed;
            }
            else
            {
                current = placed;
            }
        }

        await tx.ExecuteAsync(Point, new { form = placing.Id, current = current?.Value, draft = draft?.Value }, cancellationToken);
        var confidential = await PlaceRestAsync(tx, actor, placing, current, draft, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        catalogue.Forget();
        catalogue.ForgetConfidential();
        var state = Enum.Parse<FormState>(form.State, ignoreCase: true);
        return new PlacedForm(placing.Id, form.XmlFormId, state, placing.Versions, draft is not null, placing.Sealed.Count, confidential, placing.Missing);
    }

    private async Task<FormVersionId> PlaceVersionAsync(
        Tx tx, Actor actor, Placing placing, FormVersionId id, FormVersionId? before, CancellationToken cancellationToken)
    {
        var version = await placing.From.GetVersionAsync(id, cancellationToken);
        var placed = await tx.GetAsync<FormVersionId>(
            InsertVersion,
            new
            {
                form = placing.Id,
                version = version.Version,
                title = version.Title,
                xform = version.Xform,
                key = await KeyOfAsync(tx, actor, placing.Here, version.Xform, cancellationToken),
                workbook = version.Workbook,
                workbookType = version.WorkbookType,
                itemsetsCsv = version.ItemsetsCsv,
                actor = actor.Id,
                createdAt = version.CreatedAt,
                publishedBy = version.PublishedAt is null ? null : (long?)actor.Id.Value,
                publishedAt = version.PublishedAt,
            },
            cancellationToken);
        await PlaceFilesAsync(tx, placing, version, placed, cancellationToken);

        // As if it had been uploaded and published here: the past of the project is told from these.
        var uploaded = new { xmlFormId = placing.Form.XmlFormId, version = version.Version, versionId = placed.Value, recoveredFrom = id.Value };
        await AppendAsync(tx, actor, placing, "form.upload_draft", null, uploaded, cancellationToken);
        if (version.PublishedAt is { } publishedAt)
        {
            placing.Versions[id] = placed;
            var published = new { currentVersionId = placed.Value, version = version.Version, publishedAt, recoveredFrom = id.Value };
            await AppendAsync(tx, actor, placing, "form.publish", new { currentVersionId = before?.Value }, published, cancellationToken);
        }

        return placed;
    }

    private async Task PlaceFilesAsync(
        Tx tx, Placing placing, RecoverableVersion version, FormVersionId placed, CancellationToken cancellationToken)
    {
        var asked = await placing.From.ListFilesAsync(version.Id, cancellationToken);
        await tx.ExecuteAsync(
            InsertNames,
            new { version = placed, names = asked.Select(file => file.Name).ToArray(), kinds = asked.Select(file => file.Kind).ToArray() },
            cancellationToken);
        foreach (var stored in await placing.From.ListStoredFilesAsync(version.Id, cancellationToken))
        {
            if (await SealAsync(tx, placing, stored, cancellationToken) is { } file)
            {
                await files.StoreAsync(tx, placed, file with { Name = stored.Name }, cancellationToken);
            }
            else
            {
                placing.Missing.Add($"version “{version.Version}”: {stored.Name}");
            }
        }
    }

    // A file that versions have in common is one here, too.
    private async Task<SealedFormFile?> SealAsync(Tx tx, Placing placing, StoredFormFile stored, CancellationToken cancellationToken)
    {
        if (placing.Sealed.TryGetValue(stored.RowId, out var known))
        {
            return known;
        }

        try
        {
            var (content, type) = await placing.From.OpenAsync(placing.There, stored, cancellationToken);
            await using var opened = content;
            var file = await files.SealAsync(placing.Here, stored.Name, opened, type, cancellationToken);
            tx.OnRollback(() => Discard(file));
            placing.Sealed[stored.RowId] = file;
            return file;
        }
        catch (Exception damage) when (damage is VaultException or FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    // What cannot be deleted is found later as a file without a row.
    private void Discard(SealedFormFile file)
    {
        try
        {
            files.Discard(file);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // Why the transaction failed is what must be told.
        }
    }

    // Gives how many lines say what is confidential.
    private async Task<int> PlaceRestAsync(
        Tx tx, Actor actor, Placing placing, FormVersionId? current, FormVersionId? draft, CancellationToken cancellationToken)
    {
        var (here, form) = (placing.Here, placing.Form);
        var lines = await placing.From.ListConfidentialAsync(placing.There, form.Id, cancellationToken);
        foreach (var line in lines)
        {
            await flags.InsertAsync(
                tx, actor, here, placing.Id, new NewConfidentialLine(line.Path, line.Kind, line.Radius, line.Reason, TimeSpan.Zero), cancellationToken);
            await AppendAsync(
                tx, actor, placing, "form.confidential", null, new { line.Path, line.Kind, line.Radius, line.Reason, hours = 0d }, cancellationToken);
        }

        var answered = await placing.From.ListDecisionsAsync(placing.There, form.Id, cancellationToken);
        foreach (var decision in answered)
        {
            await decisions.InsertAsync(
                tx, actor, here, placing.Id, new NewPrivacyDecision(decision.About, decision.Because, decision.Found), cancellationToken);
        }

        // Nobody sends into a copy that may be taken away again.
        var closed = new { state = "closed", current = current?.Value, draft = draft?.Value, deletedAt = (DateTimeOffset?)null };
        await AppendAsync(tx, actor, placing, "form.set_state", null, closed, cancellationToken);

        var recovered = new
        {
            from = form.Id.Value,
            versions = placing.Versions.Count,
            draft = draft is not null,
            files = placing.Sealed.Count,
            missing = placing.Missing,
            privacy = answered.Select(decision => new { decision.About, decision.Because, decision.Found }),
        };
        await AppendAsync(tx, actor, placing, "form.recover", null, recovered, cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("form.recover", here.Id, "form", placing.Id.ToString(), form.XmlFormId), cancellationToken);
        return lines.Count;
    }

    private Task AppendAsync(
        Tx tx, Actor actor, Placing placing, string action, object? before, object after, CancellationToken cancellationToken) =>
        changes.AppendAsync(tx, actor, new Change(action, placing.Here, "form", placing.Id.ToString(), before, after), cancellationToken);

    // The key stands in the form: phones go on encrypting to it, and whoever has its private half goes on opening what they send.
    private async Task<long?> KeyOfAsync(Tx tx, Actor actor, ProjectRef here, string xform, CancellationToken cancellationToken)
    {
        using var xml = new MemoryStream(Encoding.UTF8.GetBytes(xform), writable: false);
        if (XFormReader.Read(xml).SubmissionPublicKey is not { } key)
        {
            return null;
        }

        var text = string.Concat(key.Where(letter => !char.IsWhiteSpace(letter)));
        return (await keys.EnsureAsync(tx, actor, here.Id, text, cancellationToken)).Value;
    }

    private sealed class Placing(ReadRecoverableForms from, ProjectRef there, RecoverableForm form, ProjectRef here)
    {
        public ReadRecoverableForms From { get; } = from;

        public ProjectRef There { get; } = there;

        public RecoverableForm Form { get; } = form;

        public ProjectRef Here { get; } = here;

        public FormId Id { get; set; }

        public Dictionary<FormVersionId, FormVersionId> Versions { get; } = [];

        public Dictionary<Guid, SealedFormFile> Sealed { get; } = [];

        public List<string> Missing { get; } = [];
    }
}
