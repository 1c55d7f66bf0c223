using Fieldkeep.Server.Access;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Form files as ODK Central takes them: a new form, a new draft, published or discarded.</summary>
internal static class DraftsV1
{
    private const string FallbackHeader = "X-XlsForm-FormId-Fallback";

    /// <summary>Maps what lies below <c>/projects/{projectId}/forms</c>.</summary>
    public static void Map(RouteGroupBuilder v1)
    {
        var forms = v1.MapGroup("/projects/{projectId:long}/forms").WithTags("Drafts");
        TakesForm(forms.MapPost("", CreateAsync))
            .Declare("createForm", "Create a form from a form file (XLSForm or XForm)", Permission.FormWrite)
            .Reads("publish", typeof(bool), "Whether to publish it at once; demands the action `form.publish` too. Default: false.")
            .Refuses(409, "form.exists", "form.version_used");
        var draft = forms.MapGroup("/{formId}/draft").Refuses(404, "form.not_found");
        TakesForm(draft.MapPost("", UploadAsync))
            .Declare("uploadDraft", "Upload a form file (XLSForm or XForm) as a draft; without a body, copy the current version", Permission.FormWrite)
            .Refuses(400, "form.other_form_id")
            .Refuses(404, "form.not_published");
        var file = draft.MapGroup("/attachments/{name}").Refuses(404, "form.no_draft", "form.no_such_file");
        file.MapPost("", AttachAsync)
            .Declare("attachDraftFile", "Give a draft a file it asks for", Permission.FormWrite)
            .CheckedHere()
            .TakesFile(FormFiles.MaxBytes, "*/*")
            .Refuses(409, "form.draft_changed")
            .Refuses(413, "form.too_large");
        file.MapDelete("", ClearAsync)
            .Declare("clearDraftFile", "Take a file from a draft", Permission.FormWrite)
            .Refuses(409, "form.draft_changed");
        file.MapPatch("", RefuseLink)
            .Declare("linkDraftFile", "Link a draft's file to an entity list: not possible yet", Permission.FormWrite)
            .CheckedHere()
            .Refuses(501, "form.no_links")
            .Writes<FormFileV1>();
        draft.MapGet("", GetAsync)
            .Declare("getDraft", "Read a draft", Permission.FormRead)
            .CheckedHere()
            .Refuses(404, "form.no_draft");
        draft.MapPost("/publish", PublishAsync)
            .Declare("publishDraft", "Publish a draft", Permission.FormPublish)
            .Reads("version", typeof(string), "The version to publish it as, instead of the one in its file.")
            .Refuses(404, "form.no_draft")
            .Refuses(409, "form.version_used", "form.draft_changed");
        draft.MapDelete("", DiscardAsync)
            .Declare("discardDraft", "Throw a draft away", Permission.FormWrite)
            .Refuses(404, "form.no_draft")
            .Refuses(409, "form.draft_is_all");
    }

    // Checked before the body: nobody else may make us hold a file.
    private static RouteHandlerBuilder TakesForm(RouteHandlerBuilder route) => route
        .CheckedHere()
        .TakesFile(FormFileReader.MaxBytes, FormFileTypes.All)
        .ReadsHeader(FallbackHeader, "What a form without a form_id is named, percent-encoded.")
        .Reads("ignoreWarnings", typeof(bool), "Whether a form with warnings is taken. Default: false.")
        .Refuses(400, "form.refused", "form.warnings")
        .Refuses(413, "form.too_large");

    private static async Task<FormV1> CreateAsync(ProjectCall call, UploadDraft upload, PublishDraft publish)
    {
        var target = new DraftTarget(null, MustBeNew: true, RefuseWarnings: !CentralQuery.Flag(call.Http, "ignoreWarnings"));
        var form = await StoreAsync(call.Http, call.Actor, call.Project, target, upload);
        return FormV1.Of(CentralQuery.Flag(call.Http, "publish")
            ? await publish.RunAsync(call.Actor, call.Project, form.XmlFormId, null, call.Aborted)
            : form);
    }

    private static async Task<Done> UploadAsync(FormCall call, FormQueries queries, UploadDraft upload, CopyToDraft copy)
    {
        await queries.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        if (call.Http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
        {
            await copy.RunAsync(call.Actor, call.Project, call.FormId, call.Aborted);
            return Done.Well;
        }

        var target = new DraftTarget(call.FormId, MustBeNew: false, RefuseWarnings: !CentralQuery.Flag(call.Http, "ignoreWarnings"));
        await StoreAsync(call.Http, call.Actor, call.Project, target, upload);
        return Done.Well;
    }

    private static async Task<FormV1> GetAsync(FormCall call, FormQueries queries, DraftTokens tokens)
    {
        var form = await queries.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        var draft = form.DraftVersionId ?? throw FormProblems.NoDraft(call.FormId);
        return FormV1.Of(form, await queries.GetVersionAsync(draft, call.Aborted)) with { DraftToken = tokens.Of(draft) };
    }

    private static async Task<Done> PublishAsync(FormCall call, PublishDraft publish)
    {
        var version = call.Http.Request.Query.TryGetValue("version", out var given) ? given.ToString() : null;
        await publish.RunAsync(call.Actor, call.Project, call.FormId, version, call.Aborted);
        return Done.Well;
    }

    private static async Task<Done> DiscardAsync(FormCall call, ChangeForm change)
    {
        await change.DiscardDraftAsync(call.Actor, call.Project, call.FormId, call.Aborted);
        return Done.Well;
    }

    private static async Task<FormFileV1> AttachAsync(
        FormCall call, string name, AttachFormFile attach, FormQueries queries, FormFiles files)
    {
        BodyReader.Allow(call.Http, FormFiles.MaxBytes + 1);
        var request = call.Http.Request;
        var type = request.ContentType ?? FileAnswer.TypeOf(name);
        await attach.RunAsync(call.Actor, call.Project, call.FormId, name, request.Body, type, call.Aborted);
        var form = await queries.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        var draft = form.DraftVersionId ?? throw FormProblems.NoDraft(call.FormId);
        var listed = await FormFileV1.ListAsync(call.Project, draft, queries, files, call.Aborted);
        return listed.FirstOrDefault(file => file.Name == name) ?? throw FormProblems.NoSuchFile(name);
    }

    private static async Task<Done> ClearAsync(FormCall call, string name, AttachFormFile attach)
    {
        await attach.ClearAsync(call.Actor, call.Project, call.FormId, name, call.Aborted);
        return Done.Well;
    }

    private static IResult RefuseLink(FormCall call, string name) => throw new ProblemException(
        "form.no_links", 501, $"The file “{name}” cannot be linked to an entity list: this server has none yet. Upload a file instead.")
    { CentralCode = 501.1m };

    private static async Task<Form> StoreAsync(
        HttpContext http, Actor actor, ProjectRef project, DraftTarget target, UploadDraft upload)
    {
        var content = await BodyReader.ReadAsync(
            http, FormFileReader.MaxBytes, () => FormProblems.TooLarge(FormFileReader.MaxBytes));
        var fallback = Uri.UnescapeDataString(http.Request.Headers[FallbackHeader].ToString());
        try
        {
            var file = new FormUpload(content, null, fallback.Length == 0 ? null : fallback);
            return (await upload.RunAsync(actor, project, file, target, http.RequestAborted)).Form;
        }
        catch (ProblemException problem) when (problem.Details is not null)
        {
            throw CentralDiagnostics.Of(problem);
        }
    }
}
