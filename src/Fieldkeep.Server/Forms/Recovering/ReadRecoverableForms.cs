using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms.Confidential;
using Fieldkeep.Server.Forms.Privacy;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Forms.Recovering;

/// <summary>Reads the forms of a project in a restored database, with all that makes them what they are. Whoever recovers has been asked for access.</summary>
internal sealed class ReadRecoverableForms(Db db, FormQueries forms, FormFiles files, ConfidentialFlags flags, PrivacyDecisions decisions)
{
    private const string Forms = """
        select id, xml_form_id, state, created_at, draft_version_id, deleted_at is not null as is_trashed
        from forms.forms where project_id = @project order by id
        """;

    private const string Ids = """
        select id from forms.versions where form_id = @form and (published_at is not null or id = @draft) order by published_at nulls last, id
        """;

    private const string One = """
        select id, version, title, xform, workbook, workbook_type, itemsets_csv, created_at, published_at from forms.versions where id = @version
        """;

    /// <summary>Lists the forms in the order they were made, those in the trash too.</summary>
    public Task<IReadOnlyList<RecoverableForm>> ListAsync(ProjectId project, CancellationToken cancellationToken) =>
        db.ListAsync<RecoverableForm>(Forms, new { project }, cancellationToken);

    /// <summary>Lists the versions that were published, oldest first, and then the draft.</summary>
    public Task<IReadOnlyList<FormVersionId>> ListVersionsAsync(RecoverableForm form, CancellationToken cancellationToken) =>
        db.ListAsync<FormVersionId>(Ids, new { form = form.Id, draft = form.DraftVersionId?.Value }, cancellationToken);

    /// <summary>Gets one of them.</summary>
    public Task<RecoverableVersion> GetVersionAsync(FormVersionId version, CancellationToken cancellationToken) =>
        db.GetAsync<RecoverableVersion>(One, new { version }, cancellationToken);

    /// <summary>Lists the files that a version asks for.</summary>
    public Task<IReadOnlyList<FormFile>> ListFilesAsync(FormVersionId version, CancellationToken cancellationToken) =>
        forms.ListFilesAsync(version, cancellationToken);

    /// <summary>Lists those whose bytes are there.</summary>
    public Task<IReadOnlyList<StoredFormFile>> ListStoredFilesAsync(FormVersionId version, CancellationToken cancellationToken) =>
        forms.ListStoredFilesAsync(version, cancellationToken);

    /// <summary>Opens one, with its media type.</summary>
    public async Task<(Stream Content, string ContentType)> OpenAsync(ProjectRef project, StoredFormFile file, CancellationToken cancellationToken) =>
        (await files.OpenReadAsync(project, file, cancellationToken), files.ReadFacts(project, file).ContentType);

    /// <summary>Lists what was set beside a form about confidential questions.</summary>
    public Task<IReadOnlyList<ConfidentialLine>> ListConfidentialAsync(ProjectRef project, FormId form, CancellationToken cancellationToken) =>
        flags.ListAsync(project, form, cancellationToken);

    /// <summary>Lists what is confidential now in each form of a living project, those in the trash too.</summary>
    public async Task<IReadOnlyList<ConfidentialNow>> ListConfidentialNowAsync(ProjectId project, CancellationToken cancellationToken)
    {
        var now = new List<ConfidentialNow>();
        foreach (var form in await ListAsync(project, cancellationToken))
        {
            now.Add(new ConfidentialNow(form.Id, form.CreatedAt, await flags.ListInEffectAsync(form.Id, cancellationToken)));
        }

        return now;
    }

    /// <summary>Lists what its authors answered to findings about privacy.</summary>
    public async Task<IReadOnlyCollection<PrivacyDecision>> ListDecisionsAsync(ProjectRef project, FormId form, CancellationToken cancellationToken) =>
        [.. (await decisions.ListAsync(project, form, cancellationToken)).Values];
}
