using Fieldkeep.Server.Access;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Wire.Shared;
using Fieldkeep.XForms.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Drafts for the web interface: uploaded with their diagnostics, given files, published or discarded.</summary>
internal static class DraftsApi
{
    /// <summary>Maps what lies below <c>/projects/{projectId}/forms</c>.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var forms = api.MapGroup("/projects/{projectId:long}/forms").WithTags("Drafts");

        // Before the body: nobody else may make us hold a file.
        forms.MapPost("/draft", UploadAsync)
            .Declare("uploadDraft", "Upload a form file (XLSForm or XForm) as a draft", Permission.FormWrite)
            .CheckedHere()
            .TakesFile(FormFileReader.MaxBytes, FormFileTypes.All)
            .ReadsHeader("X-File-Name", "The file's name, percent-encoded; a form without a form_id is named after it.")
            .Refuses(400, "form.other_form_id")
            .Refuses(413, "form.too_large");
        var draft = forms.MapGroup("/{formId}/draft").Refuses(404, "form.not_found", "form.no_draft");
        draft.MapPost("/publish", PublishAsync)
            .Declare("publishDraft", "Publish a draft", Permission.FormPublish)
            .Refuses(409, "form.version_used", "form.draft_changed");
        draft.MapDelete("", DiscardAsync)
            .Declare("discardDraft", "Throw a draft away", Permission.FormWrite)
            .Refuses(409, "form.draft_is_all");
        draft.MapGet("/xml", SendXmlAsync)
            .Declare("getDraftXml", "Download the XForm of a draft", Permission.FormRead)
            .CheckedHere()
            .SendsFile("application/xml");
        draft.MapGet("/workbook", SendWorkbookAsync)
            .Declare("getDraftWorkbook", "Download a draft as a spreadsheet: the file uploaded, else one made from the XForm", Permission.FormRead)
            .CheckedHere()
            .Refuses(404, "form.no_workbook")
            .SendsFile(WorkbookAnswer.Types);
        var file = draft.MapGroup("/attachments/{name}").Refuses(404, "form.no_such_file").Refuses(409, "form.draft_changed");
        file.MapPut("", AttachAsync)
            .Declare("attachDraftFile", "Give a draft a file it asks for", Permission.FormWrite)
            .TakesFile(FormFiles.MaxBytes, "*/*")
            .Refuses(413, "form.too_large");
        file.MapDelete("", ClearAsync).Declare("clearDraftFile", "Take a file from a draft", Permission.FormWrite);
    }

    private static async Task<UploadResult> UploadAsync(
        ProjectCall call, [FromQuery] string? formId, UploadDraft upload)
    {
        var content = await BodyReader.ReadAsync(
            call.Http, FormFileReader.MaxBytes, () => FormProblems.TooLarge(FormFileReader.MaxBytes));
        var name = Uri.UnescapeDataString(call.Http.Request.Headers["X-File-Name"].ToString());
        var file = new FormUpload(content, name.Length == 0 ? null : Path.GetFileName(name), null);
        try
        {
            var target = new DraftTarget(formId, MustBeNew: false, RefuseWarnings: false);
            var done = await upload.RunAsync(call.Actor, call.Project, file, target, call.Aborted);
            var form = new UploadedForm(done.Form.XmlFormId, done.Form.Title, done.Form.DraftVersion);
            return new UploadResult(true, form, [.. done.Diagnostics.Select(DiagnosticItem.Of)]);
        }
        catch (ProblemException problem) when (
            problem.Details?.GetValueOrDefault("diagnostics") is IReadOnlyList<Diagnostic> diagnostics)
        {
            return new UploadResult(false, null, [.. diagnostics.Select(DiagnosticItem.Of)]);
        }
    }

    private static async Task<FormItem> PublishAsync(FormCall call, JsonBody<Publication> body, PublishDraft publish)
    {
        var wanted = await body.ReadIfGivenAsync();
        return FormItem.Of(
            await publish.RunAsync(call.Actor, call.Project, call.FormId, wanted?.Version, call.Aborted), null);
    }

    private static async Task<NoContent> DiscardAsync(FormCall call, ChangeForm change)
    {
        await change.DiscardDraftAsync(call.Actor, call.Project, call.FormId, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> SendXmlAsync(FormCall call, FormQueries queries)
    {
        var form = await queries.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        var xml = await queries.GetXmlAsync(form.DraftVersionId ?? throw FormProblems.NoDraft(call.FormId), call.Aborted);
        return Results.Text(xml, "application/xml");
    }

    private static async Task<IResult> SendWorkbookAsync(FormCall call, FormQueries queries, FormWorkbooks workbooks)
    {
        var form = await queries.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        var draft = form.DraftVersionId ?? throw FormProblems.NoDraft(call.FormId);
        return WorkbookAnswer.Of(call.Http, form.XmlFormId, await workbooks.GetAsync(call.Project, form, draft, call.Aborted));
    }

    private static async Task<NoContent> AttachAsync(FormCall call, string name, AttachFormFile attach)
    {
        BodyReader.Allow(call.Http, FormFiles.MaxBytes + 1);
        var request = call.Http.Request;
        var type = request.ContentType ?? "application/octet-stream";
        await attach.RunAsync(call.Actor, call.Project, call.FormId, name, request.Body, type, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> ClearAsync(FormCall call, string name, AttachFormFile attach)
    {
        await attach.ClearAsync(call.Actor, call.Project, call.FormId, name, call.Aborted);
        return TypedResults.NoContent();
    }
}
