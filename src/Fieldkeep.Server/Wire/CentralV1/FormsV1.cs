using Fieldkeep.Server.Access;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Forms in ODK Central's shapes. docs/protocol/central-v1.md lists each address with its state.</summary>
internal static class FormsV1
{
    /// <summary>Maps <c>/projects/{projectId}/forms</c> below <c>/v1</c>.</summary>
    public static void Map(RouteGroupBuilder v1)
    {
        var forms = v1.MapGroup("/projects/{projectId:long}/forms").WithTags("Forms");
        forms.MapGet("", ListAsync).Declare("listForms", "List a project's forms", Permission.FormList).CheckedHere();
        var form = forms.MapGroup("/{formId}").Refuses(404, "form.not_found");
        form.MapGet("", GetAsync).Declare("getForm", "Read a form", Permission.FormRead).CheckedHere();
        form.MapPatch("", ChangeAsync)
            .Declare("changeForm", "Open or close a form", Permission.FormWrite)
            .Refuses(400, "form.bad_state");
        form.MapDelete("", TrashAsync).Declare("deleteForm", "Move a form to the trash", Permission.FormDelete);
        form.MapGet("/versions", ListVersionsAsync)
            .Declare("listFormVersions", "List a form's published versions", Permission.FormRead)
            .CheckedHere();
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
                SendWorkbookAsync(call, queries, workbooks, extension, (found, aborted) => queries.GetVersionAsync(found, version == "___" ? "" : version, aborted)))
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

    private static async Task<IEnumerable<FormV1>> ListAsync(
        ProjectCall call, CentralQuery query, FormQueries queries, SubmissionTotals counts)
    {
        var forms = await queries.ListAsync(call.Project.Id, call.Aborted);
        if (!query.IsExtended)
        {
            return forms.Select(FormV1.Of);
        }

        var counted = await counts.ByFormAsync(call.Project.Id, call.Aborted);
        return forms.Select(form => FormV1.Of(form) with
        {
            Submissions = counted.GetValueOrDefault(form.Id)?.Submissions ?? 0,
            LastSubmission = counted.GetValueOrDefault(form.Id)?.LastSubmission,
        });
    }

    private static async Task<FormV1> GetAsync(FormCall call, FormQueries queries) =>
        FormV1.Of(await queries.GetAsync(call.Project.Id, call.FormId, call.Aborted));

    private static async Task<FormV1> ChangeAsync(FormCall call, JsonBody<FormPatchV1> body, ChangeForm change)
    {
        var state = FormStates.Parse((await body.ReadAsync()).State);
        return FormV1.Of(await change.SetStateAsync(call.Actor, call.Project, call.FormId, state, call.Aborted));
    }

    private static async Task<Done> TrashAsync(FormCall call, ChangeForm change)
    {
        await change.TrashAsync(call.Actor, call.Project, call.FormId, call.Aborted);
        return Done.Well;
    }

    private static async Task<IEnumerable<FormV1>> ListVersionsAsync(FormCall call, FormQueries queries)
    {
        var form = await queries.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        var versions = await queries.ListVersionsAsync(form.Id, call.Aborted);
        return versions.Select(version => FormV1.Of(form) with
        {
            Name = version.Title,
            Version = version.Version,
            PublishedAt = version.PublishedAt,
        });
    }
}
