using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Forms;

/// <summary>Reads forms, their versions and their files. Callers check access first.</summary>
internal sealed class FormQueries(Db db)
{
    private const string Columns = """
        select f.id, f.project_id, f.xml_form_id, coalesce(c.title, d.title, f.xml_form_id) as title, f.state,
               c.version, c.published_at, d.version as draft_version, f.current_version_id, f.draft_version_id,
               f.created_at, f.updated_at, f.created_by, md5(coalesce(c.xform, d.xform)) as md5,
               case when c.id is not null then c.workbook_type else d.workbook_type end as workbook_type, f.deleted_at,
               case when c.id is not null then c.key_id else d.key_id end as key_id
        from forms.forms f
        left join forms.versions c on c.id = f.current_version_id
        left join forms.versions d on d.id = f.draft_version_id
        """;

    private const string Id = "select id from forms.forms where project_id = @project and xml_form_id = @xmlFormId and deleted_at is null";

    private const string InProject = Columns + " where f.project_id = @project and f.deleted_at is null order by f.xml_form_id";
    private const string One = Columns + " where f.project_id = @project and f.xml_form_id = @xmlFormId and f.deleted_at is null";

    private const string Trashed = Columns + " where f.project_id = @project and f.deleted_at is not null order by f.deleted_at desc, f.id desc";

    private const string VersionColumns = """
        select id, version, title, published_at, published_by, created_at, md5(xform) as md5, workbook_type, key_id
        from forms.versions

        """;

    private const string Published = VersionColumns
        + " where form_id = @form and published_at is not null order by published_at desc, id desc";

    private const string PublishedOne = VersionColumns
        + " where form_id = @form and version = @version and published_at is not null";

    private const string VersionById = VersionColumns + " where id = @version";

    private const string Xml = """
        select xform from forms.versions where form_id = @form and version = @version and published_at is not null
        """;

    private const string XmlById = "select xform from forms.versions where id = @version";
    private const string Keys = "select id, key_id from forms.versions where form_id = @form and key_id is not null";
    private const string Workbook = "select workbook, workbook_type from forms.versions where id = @version";

    private const string Files = """
        select name, kind, blob is not null as is_present, size, updated_at
        from forms.attachments where version_id = @version order by name
        """;

    private const string Stored = """
        select name, row_id, blob, meta, size from forms.attachments
        where version_id = @version and blob is not null order by name
        """;

    private const string Titles = """
        select f.id, coalesce(c.title, d.title, f.xml_form_id) as title
        from forms.forms f
        left join forms.versions c on c.id = f.current_version_id
        left join forms.versions d on d.id = f.draft_version_id
        where f.id = any (@ids) and f.deleted_at is null
        """;

    /// <summary>Gives the titles of forms, whichever project they are in; those in the trash are left out.</summary>
    public async Task<IReadOnlyDictionary<long, string>> TitlesAsync(IEnumerable<long> ids, CancellationToken cancellationToken) =>
        (await db.ListAsync<Titled>(Titles, new { ids = ids.ToArray() }, cancellationToken)).ToDictionary(row => row.Id, row => row.Title);

    /// <summary>Lists a project's forms by their id.</summary>
    public Task<IReadOnlyList<Form>> ListAsync(ProjectId project, CancellationToken cancellationToken) =>
        db.ListAsync<Form>(InProject, new { project }, cancellationToken);

    /// <summary>Lists a project's forms in the trash, the one deleted last first.</summary>
    public Task<IReadOnlyList<Form>> ListTrashAsync(ProjectId project, CancellationToken cancellationToken) =>
        db.ListAsync<Form>(Trashed, new { project }, cancellationToken);

    /// <summary>Finds a form by the id that phones use.</summary>
    public Task<Form?> FindAsync(ProjectId project, string xmlFormId, CancellationToken cancellationToken) =>
        db.FindAsync<Form>(One, new { project, xmlFormId }, cancellationToken);

    /// <summary>Finds a form's number by the id that phones use.</summary>
    public Task<FormId?> FindIdAsync(ProjectId project, string xmlFormId, CancellationToken cancellationToken) =>
        db.FindAsync<FormId?>(Id, new { project, xmlFormId }, cancellationToken);

    /// <summary>Gets a form by the id that phones use.</summary>
    /// <exception cref="ProblemException"><c>form.not_found</c>.</exception>
    public async Task<Form> GetAsync(ProjectId project, string xmlFormId, CancellationToken cancellationToken) =>
        await FindAsync(project, xmlFormId, cancellationToken) ?? throw FormProblems.NotFound(xmlFormId);

    /// <summary>Lists the published versions, newest first.</summary>
    public Task<IReadOnlyList<FormVersion>> ListVersionsAsync(FormId form, CancellationToken cancellationToken) =>
        db.ListAsync<FormVersion>(Published, new { form }, cancellationToken);

    /// <summary>Gets a published version by its text, which may be empty.</summary>
    /// <exception cref="ProblemException"><c>form.no_such_version</c>.</exception>
    public async Task<FormVersion> GetVersionAsync(Form form, string version, CancellationToken cancellationToken) =>
        await db.FindAsync<FormVersion>(PublishedOne, new { form = form.Id, version }, cancellationToken)
            ?? throw FormProblems.NoSuchVersion(form.XmlFormId, version);

    /// <summary>Gets a version, draft or published.</summary>
    public Task<FormVersion> GetVersionAsync(FormVersionId version, CancellationToken cancellationToken) =>
        db.GetAsync<FormVersion>(VersionById, new { version }, cancellationToken);

    /// <summary>Gives the XForm of a published version.</summary>
    /// <exception cref="ProblemException"><c>form.no_such_version</c>.</exception>
    public async Task<string> GetXmlAsync(Form form, string version, CancellationToken cancellationToken) =>
        await db.FindAsync<string>(Xml, new { form = form.Id, version }, cancellationToken)
            ?? throw FormProblems.NoSuchVersion(form.XmlFormId, version);

    /// <summary>Gives the XForm of a version, draft or published.</summary>
    public Task<string> GetXmlAsync(FormVersionId version, CancellationToken cancellationToken) =>
        db.GetAsync<string>(XmlById, new { version }, cancellationToken);

    /// <summary>Gives the keys that phones encrypt to, of those versions of a form that have one, drafts too.</summary>
    public async Task<IReadOnlyDictionary<FormVersionId, long>> KeysOfAsync(FormId form, CancellationToken cancellationToken) =>
        (await db.ListAsync<VersionKey>(Keys, new { form }, cancellationToken)).ToDictionary(row => row.Id, row => row.KeyId);

    /// <summary>Gives the workbook a version was compiled from; null when it came as XML.</summary>
    public async Task<FormWorkbook?> FindWorkbookAsync(FormVersionId version, CancellationToken cancellationToken) =>
        await db.FindAsync<FormWorkbook>(Workbook, new { version }, cancellationToken) is { Workbook: not null } found
            ? found
            : null;

    /// <summary>Lists the files a version asks for, present or not.</summary>
    public Task<IReadOnlyList<FormFile>> ListFilesAsync(FormVersionId version, CancellationToken cancellationToken) =>
        db.ListAsync<FormFile>(Files, new { version }, cancellationToken);

    /// <summary>Lists the files of a version whose bytes are here, with what is needed to open them.</summary>
    public Task<IReadOnlyList<StoredFormFile>> ListStoredFilesAsync(
        FormVersionId version, CancellationToken cancellationToken) =>
        db.ListAsync<StoredFormFile>(Stored, new { version }, cancellationToken);

    private sealed record Titled(long Id, string Title);

    private sealed record VersionKey(FormVersionId Id, long KeyId);
}

/// <summary>The spreadsheet a form version was compiled from.</summary>
internal sealed record FormWorkbook(byte[]? Workbook, string? WorkbookType);

/// <summary>A form's file as it is stored: a sealed blob and sealed facts about it.</summary>
internal sealed record StoredFormFile(string Name, Guid RowId, byte[] Blob, byte[] Meta, long Size);
