using Fieldkeep.Server.Access;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>The spreadsheets that forms were uploaded as, where ODK Central has them.</summary>
internal static class FormWorkbooksV1
{
    /// <summary>Maps <c>.xlsx</c> and <c>.xls</c> of the current version, of a published one and of the draft.</summary>
    public static void Map(RouteGroupBuilder v1)
    {
        var forms = v1.MapGroup("/projects/{projectId:long}/forms").WithTags("Forms");
        var form = forms.MapGroup("/{formId}").Refuses(404, "form.not_found");
        foreach (var extension in (ReadOnlySpan<string>)["xlsx", "xls"])
        {
            MapWorkbook(forms, form, extension);
        }
    }

    // As in Central only forms that were uploaded as such a spreadsheet have one.
    private static void MapWorkbook(RouteGroupBuilder forms, RouteGroupBuilder form, string extension)
    {
        forms.MapGet("/{formId}." + extension, (FormCall call, FormQueries queries, FormWorkbooks workbooks) =>
                SendWorkbookAsync(call, queries, workbooks, extension, (found, _) => Task.FromResult(found.CurrentVersionId ?? throw FormProblems.NotPublished(call.FormId))))
            .Declare("getForm" + extension, $"Download the .{extension} file a form was uploaded as", Permission.FormRead)
            .CheckedHere()
            .Refuses(404, "form.not_found", "form.not_published", "form.no_workbook")
            .SendsFile(WorkbookAnswer.Types);
        form.MapGet("/draft." + extension, (FormCall call, FormQueries queries, FormWorkbooks workbooks) =>
                SendWorkbookAsync(call, queries, workbooks, extension, (found, _) => Task.FromResult(found.DraftVersionId ?? throw FormProblems.NoDraft(call.FormId))))
            .Declare("getDraft" + extension, $"Download the .{extension} file a draft was uploaded as", Permission.FormRead)
            .CheckedHere()
            .Refuses(404, "form.no_draft", "form.no_workbook")
            .SendsFile(WorkbookAnswer.Types);
        form.MapGet("/versions/{version}." + extension, (FormCall call, string version, FormQueries queries, FormWorkbooks workbooks) =>
                SendWorkbookAsync(call, queries, workbooks, extension, async (found, aborted) => (await queries.GetVersionAsync(found, version == "___" ? "" : version, aborted)).Id))
            .Declare("getFormVersion" + extension, $"Download the .{extension} file a version was uploaded as; `___` names the version without a name", Permission.FormRead)
            .CheckedHere()
            .Refuses(404, "form.no_such_version", "form.no_workbook")
            .SendsFile(WorkbookAnswer.Types);
    }

    private static async Task<IResult> SendWorkbookAsync(
        FormCall call,
        FormQueries queries,
        FormWorkbooks workbooks,
        string extension,
        Func<Form, CancellationToken, Task<FormVersionId>> versionOf)
    {
        var form = await queries.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        var version = await versionOf(form, call.Aborted);
        return WorkbookAnswer.Of(
            call.Http, form.XmlFormId, await workbooks.GetUploadedAsync(form, version, "." + extension, call.Aborted));
    }
}
