using System.Text.Json;
using System.Text.Json.Serialization;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
using Fieldkeep.Vault.Envelopes;

namespace Fieldkeep.Server.Exports.Saved;

/// <summary>Keeps saved exports, sealed. Callers check access first.</summary>
internal sealed class SavedExports(AccountQueries accounts, Db db, Sealer sealer)
{
    /// <summary>The room's rows of an erased project.</summary>
    public static readonly RowsOfProject Deletion = new(20, """
        with gone as (select id from exports.saved where project_id = @project limit @rows),
        links as (delete from exports.links where saved_id in (select id from gone))
        delete from exports.saved where id in (select id from gone) returning null::bytea
        """);

    /// <summary>Told when a project is recovered: they name questions by the forms of the project that they were made for.</summary>
    public static readonly LeftByRecovery Left = new(
        "saved exports", "select 'export ' || id from exports.saved where project_id = @project and deleted_at is null order by created_at limit 1000");

    private const string SettingsColumn = "exports.saved.settings";

    private const string OfForm = """
        select id, settings, created_by, created_at from exports.saved
        where form_id = @form and deleted_at is null order by created_at, id
        """;

    private const string LinksOfForm = """
        select links.id, links.saved_id, links.created_by, links.created_at, links.expires_at, links.revoked_at, links.last_used_at
        from exports.links join exports.saved on saved.id = links.saved_id
        where saved.form_id = @form and saved.deleted_at is null order by links.id desc
        """;

    private const string Insert = """
        insert into exports.saved (id, project_id, form_id, settings, created_by, created_at)
        values (@id, @project, @form, @settings, @by, @now)
        """;

    private const string Replace = """
        update exports.saved set settings = @settings where id = @id and deleted_at is null
        """;

    private const int LongestName = 100;

    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() } };

    /// <summary>Gives a name as it is kept.</summary>
    /// <exception cref="ProblemException"><c>export.name_invalid</c>.</exception>
    public static string RequireName(string? name) =>
        name?.Trim() is { Length: > 0 and <= LongestName } trimmed && !trimmed.Any(char.IsControl)
            ? trimmed
            : throw ExportProblems.NameInvalid(LongestName);

    /// <summary>Lists the saved exports of a form, oldest first.</summary>
    public async Task<IReadOnlyList<SavedExport>> ListAsync(ProjectRef project, FormId form, CancellationToken cancellationToken)
    {
        var all = await db.ListAsync<ExportLink>(LinksOfForm, new { form }, cancellationToken);
        var since = await accounts.PasswordsSinceAsync(all.Select(link => link.CreatedBy), cancellationToken);
        var links = all.Select(link => EndedBy(link, since.GetValueOrDefault(link.CreatedBy))).ToLookup(link => link.SavedId);
        var rows = await db.ListAsync<SavedRow>(OfForm, new { form }, cancellationToken);
        return [.. rows.Select(row => new SavedExport(row.Id, Open(project, row.Id, row.Settings), row.CreatedBy, row.CreatedAt, [.. links[row.Id]]))];
    }

    /// <summary>Gets one saved export of a form.</summary>
    /// <exception cref="ProblemException"><c>export.not_saved</c>.</exception>
    public async Task<SavedExport> GetAsync(ProjectRef project, FormId form, Guid id, CancellationToken cancellationToken) =>
        (await ListAsync(project, form, cancellationToken)).FirstOrDefault(saved => saved.Id == id) ?? throw ExportProblems.NotSaved();

    /// <summary>Adds one in the caller's transaction.</summary>
    public async Task InsertAsync(
        Tx tx, ProjectRef project, FormId form, SavedExport saved, CancellationToken cancellationToken)
    {
        var settings = Seal(project, saved.Id, saved.Settings);
        await tx.ExecuteAsync(
            Insert,
            new { id = saved.Id, project = project.Id, form, settings, by = saved.CreatedBy, now = saved.CreatedAt },
            cancellationToken);
    }

    /// <summary>Puts other settings in the place of one's, in the caller's transaction; of a removed one nothing changes.</summary>
    public Task ReplaceSettingsAsync(
        Tx tx, ProjectRef project, Guid id, SavedSettings settings, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(Replace, new { id, settings = Seal(project, id, settings) }, cancellationToken);

    /// <summary>Opens the settings of a row.</summary>
    public SavedSettings Open(ProjectRef project, Guid id, byte[] settings) =>
        JsonSerializer.Deserialize<SavedSettings>(
            sealer.Open(project, EnvelopePurpose.Record, SettingsColumn, id, 1, settings), Json)
        ?? throw new JsonException("A saved export has no settings.");

    // A new password of its maker ends a link: OpenExportLink refuses it.
    private static ExportLink EndedBy(ExportLink link, DateTimeOffset since) =>
        since > link.CreatedAt && since < link.ExpiresAt ? link with { ExpiresAt = since } : link;

    private byte[] Seal(ProjectRef project, Guid id, SavedSettings settings) => sealer.Seal(
        project, EnvelopePurpose.Record, SettingsColumn, id, 1, JsonSerializer.SerializeToUtf8Bytes(settings, Json));

    private sealed record SavedRow(Guid Id, byte[] Settings, long CreatedBy, DateTimeOffset CreatedAt);
}
