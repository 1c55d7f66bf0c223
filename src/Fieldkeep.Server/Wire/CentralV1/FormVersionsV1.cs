using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>
/// What a form version consists of, in ODK Central's shapes: its XForm, questions and files; of the current
/// version, of one that was published, or of the draft. The current XForm and its files are phones' addresses.
/// </summary>
internal static class FormVersionsV1
{
    private const string Unnamed = "___";

    /// <summary>Maps what lies below <c>/projects/{projectId}/forms/{formId}</c>.</summary>
    public static void Map(RouteGroupBuilder v1)
    {
        var forms = v1.MapGroup("/projects/{projectId:long}/forms").WithTags("Forms").Refuses(404, "form.not_found");
        forms.MapGet("/{formId}/versions", ListAsync)
            .Declare("listFormVersions", "List a form's published versions, newest first", Permission.FormRead)
            .CheckedHere();
        forms.MapGet("/{formId}/versions/{version}", GetAsync)
            .Declare("getFormVersion", "Read a published version; `___` names the version without a name", Permission.FormRead)
            .CheckedHere()
            .Refuses(404, "form.no_such_version");
        MapParts(forms.MapGroup("/{formId}"));

        var versions = forms.MapGroup("").Variant("OfVersion").Refuses(404, "form.no_such_version");
        MapXml(versions, "/{formId}/versions/{version}");
        MapParts(versions.MapGroup("/{formId}/versions/{version}"));
        MapFile(versions.MapGroup("/{formId}/versions/{version}"));

        var drafts = forms.MapGroup("").WithTags("Drafts").MeansDraft().Refuses(404, "form.no_draft");
        MapXml(drafts, "/{formId}/draft");
        MapParts(drafts.MapGroup("/{formId}/draft"));
        MapFile(drafts.MapGroup("/{formId}/draft"));
    }

    private static void MapXml(RouteGroupBuilder forms, string version) => forms.MapGet(version + ".xml", SendXmlAsync)
        .Declare("getFormXml", "Download the XForm", Permission.FormRead)
        .CheckedHere()
        .SendsFile("application/xml");

    private static void MapParts(RouteGroupBuilder version)
    {
        version.MapGet("/fields", ListFieldsAsync)
            .Declare("listFormFields", "List the questions, groups and repeats of a form", Permission.FormRead)
            .CheckedHere()
            .Reads("odata", typeof(bool), "Whether names are written as OData needs them. Default: false.");
        version.MapGet("/attachments", ListFilesAsync)
            .Declare("listFormFiles", "List the files a form asks for", Permission.FormRead)
            .CheckedHere();
    }

    private static void MapFile(RouteGroupBuilder version) => version.MapGet("/attachments/{name}", SendFileAsync)
        .Declare("downloadFormFile", "Download a file of a form", Permission.FormRead)
        .CheckedHere()
        .Refuses(404, "form.no_such_file")
        .SendsFile("*/*");

    private static async Task<IEnumerable<FormV1>> ListAsync(
        FormCall call, CentralQuery query, FormQueries queries, AccountQueries accounts, AuditSearch audit)
    {
        var form = await queries.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        var versions = await queries.ListVersionsAsync(form.Id, call.Aborted);
        return await ShowAsync(call, query, form, versions, accounts, audit);
    }

    private static async Task<FormV1> GetAsync(
        FormCall call, CentralQuery query, FormQueries queries, AccountQueries accounts, AuditSearch audit)
    {
        var form = await queries.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        var version = await VersionOfAsync(call, form, queries);
        return (await ShowAsync(call, query, form, [version], accounts, audit)).Single();
    }

    private static async Task<IEnumerable<FormV1>> ShowAsync(
        FormCall call, CentralQuery query, Form form, IReadOnlyList<FormVersion> versions, AccountQueries accounts, AuditSearch audit)
    {
        if (!query.IsExtended)
        {
            return versions.Select(version => FormV1.Of(form, version));
        }

        var actors = await accounts.ActorsAsync(versions.Select(version => version.PublishedBy?.Value ?? 0), call.Aborted);
        var notes = await PublishNotes.ReadAsync(audit, call.Project.Id, form.Id, call.Aborted);
        return versions.Select(version => FormV1.Of(form, version) with
        {
            IsExtended = true,
            PublishNotes = notes.At(version.PublishedAt),
            PublishedBy = ActorDetailV1.Of(actors.GetValueOrDefault(version.PublishedBy?.Value ?? 0)),
        });
    }

    private static async Task<IResult> SendXmlAsync(FormCall call, FormQueries queries)
    {
        var form = await queries.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        var version = await VersionOfAsync(call, form, queries);
        return Results.Text(await queries.GetXmlAsync(version.Id, call.Aborted), "application/xml");
    }

    private static async Task<IReadOnlyList<FieldV1>> ListFieldsAsync(FormCall call, FormQueries queries, FormCatalogue catalogue)
    {
        var form = await queries.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        var version = await VersionOfAsync(call, form, queries);
        var definition = await catalogue.GetDefinitionAsync(version.Id, call.Aborted);
        return FieldV1.ListOf(definition.XForm, isOData: CentralQuery.Flag(call.Http, "odata"));
    }

    private static async Task<IEnumerable<FormFileV1>> ListFilesAsync(FormCall call, FormQueries queries, FormFiles files)
    {
        var form = await queries.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        var version = await VersionOfAsync(call, form, queries);
        return await FormFileV1.ListAsync(call.Project, version.Id, queries, files, call.Aborted);
    }

    private static async Task<IResult> SendFileAsync(FormCall call, string name, FormQueries queries, FormFiles files)
    {
        var form = await queries.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        var version = await VersionOfAsync(call, form, queries);
        var stored = (await queries.ListStoredFilesAsync(version.Id, call.Aborted)).FirstOrDefault(file => file.Name == name)
            ?? throw FormProblems.NoSuchFile(name);
        var content = await files.OpenReadAsync(call.Project, stored, call.Aborted);
        return FileAnswer.Of(call.Http, name, content, files.ReadFacts(call.Project, stored).Md5, null);
    }

    // The draft, the published one that the address names, or the current one; a form never published has its draft only.
    private static async Task<FormVersion> VersionOfAsync(FormCall call, Form form, FormQueries queries)
    {
        if (call.IsDraft)
        {
            return await queries.GetVersionAsync(
                form.DraftVersionId ?? throw FormProblems.NoDraft(call.FormId), call.Aborted);
        }

        if (call.Http.GetRouteValue("version") is string text)
        {
            return await queries.GetVersionAsync(form, text == Unnamed ? "" : text, call.Aborted);
        }

        var id = form.CurrentVersionId ?? form.DraftVersionId ?? throw FormProblems.NotPublished(call.FormId);
        return await queries.GetVersionAsync(id, call.Aborted);
    }
}
