using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Forms for the web interface: lists, states, versions. Their drafts are in <see cref="DraftsApi"/>.</summary>
internal static class FormsApi
{
    private static readonly Permission[] Told =
    [
        Permission.FormRead, Permission.FormWrite, Permission.FormPublish, Permission.FormDelete, Permission.SubmissionList,
        Permission.SubmissionUpdate, Permission.SubmissionDelete, Permission.SubmissionExport, Permission.ConfidentialRead,
        Permission.DeploymentRead, Permission.DeploymentUpdate,
        Permission.PublicLinkList, Permission.PublicLinkCreate, Permission.PublicLinkRevoke,
    ];

    /// <summary>Maps <c>/projects/{projectId}/forms</c> below <c>/api</c>.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var forms = api.MapGroup("/projects/{projectId:long}/forms").WithTags("Forms");
        forms.MapGet("", ListAsync).Declare("listForms", "List those of a project's forms that you may see", Permission.FormList);
        var form = forms.MapGroup("/{formId}").Refuses(404, "form.not_found");
        form.MapGet("", GetAsync)
            .Declare("getForm", "Read a form; with its draft, versions and files if you may read those", Permission.FormList)
            .CheckedHere();
        form.MapPatch("", ChangeAsync)
            .Declare("changeForm", "Open or close a form", Permission.FormWrite)
            .CheckedHere()
            .Refuses(400, "form.bad_state");
        form.MapDelete("", TrashAsync)
            .Declare("deleteForm", "Move a form to the trash", Permission.FormDelete)
            .Refuses(403, "session.confirmation_needed");
        form.MapGet("/versions/{version}/xml", SendXmlAsync)
            .Declare("getFormXml", "Download the XForm of a published version; `___` names the version without a name", Permission.FormRead)
            .CheckedHere()
            .Refuses(404, "form.no_such_version")
            .SendsFile("application/xml");
        form.MapGet("/versions/{version}/workbook", SendWorkbookAsync)
            .Declare("getFormWorkbook", "Download a published version as a spreadsheet: the file uploaded, else one made from the XForm; `___` names the version without a name", Permission.FormRead)
            .CheckedHere()
            .Refuses(404, "form.no_such_version", "form.no_workbook")
            .SendsFile(WorkbookAnswer.Types);
    }

    private static async Task<ItemList<FormItem>> ListAsync(ProjectCall call, FormAccess access, SubmissionTotals counts)
    {
        var forms = await access.ListAsync(call.Actor, Permission.FormList, call.Project.Id, call.Aborted);
        var counted = await counts.ByFormAsync(call.Actor, call.Project.Id, call.Aborted);
        return ItemList.Of(forms, form => FormItem.Of(form, counted.GetValueOrDefault(form.Id)));
    }

    private static async Task<FormDetail> GetAsync(
        FormCall call,
        FormQueries queries,
        SubmissionTotals counts,
        AccountQueries accounts,
        DraftTokens tokens,
        CountSubmissions count,
        FindRowLimits limits,
        Policy policy,
        PublicAddress address)
    {
        var form = await queries.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        var counted = await counts.ByFormAsync(call.Actor, call.Project.Id, call.Aborted);
        var item = FormItem.Of(form, counted.GetValueOrDefault(form.Id));
        var may = await Allowances.OfAsync(
            Told, permission => policy.HasAsync(call.Actor, permission, call.Project.Id, form.Id, call.Aborted));
        if (!may.Contains(Permission.FormRead))
        {
            return new FormDetail(item with { HasDraft = false, DraftVersion = null }, null, [], [], may);
        }

        var versions = await queries.ListVersionsAsync(form.Id, call.Aborted);
        var names = await accounts.NamesAsync(versions.Select(version => version.PublishedBy?.Value ?? 0), call.Aborted);
        return new FormDetail(
            item,
            form.DraftVersionId is { } draft
                ? DraftOf(form, tokens.Of(draft), address.Of(call.Http), await FilesOfAsync(draft, queries, call.Aborted)) with
                {
                    TestSubmissions = await count.OfAsync(
                        new SubmissionSet(
                            call.Project,
                            form.Id,
                            form.XmlFormId,
                            IsDraft: true,
                            await limits.OfAsync(call.Actor, Permission.SubmissionList, call.Project.Id, form.Id, call.Aborted)),
                        call.Aborted),
                }
                : null,
            [.. versions.Select(version => new VersionItem(
                version.Version, version.PublishedAt, names.GetValueOrDefault(version.PublishedBy?.Value ?? 0)))],
            form.CurrentVersionId is { } current ? await FilesOfAsync(current, queries, call.Aborted) : [],
            may);
    }

    private static async Task<FormItem> ChangeAsync(FormCall call, JsonBody<FormPatch> body, ChangeForm change)
    {
        var state = FormStates.Parse((await body.ReadAsync()).State);
        return FormItem.Of(await change.SetStateAsync(call.Actor, call.Project, call.FormId, state, call.Aborted), null);
    }

    private static async Task<NoContent> TrashAsync(FormCall call, ChangeForm change)
    {
        await change.TrashAsync(call.Actor, call.Project, call.FormId, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> SendXmlAsync(FormCall call, string version, FormQueries queries)
    {
        var form = await queries.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        var xml = await queries.GetXmlAsync(form, version == "___" ? "" : version, call.Aborted);
        return Results.Text(xml, "application/xml");
    }

    private static async Task<IResult> SendWorkbookAsync(FormCall call, string version, FormQueries queries, FormWorkbooks workbooks)
    {
        var form = await queries.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        var found = await queries.GetVersionAsync(form, version == "___" ? "" : version, call.Aborted);
        return WorkbookAnswer.Of(call.Http, form.XmlFormId, await workbooks.GetAsync(call.Project, form, found.Id, call.Aborted));
    }

    private static DraftItem DraftOf(Form form, string token, string server, IReadOnlyList<FileItem> files)
    {
        var address = $"{server}/v1/test/{token}/projects/{form.ProjectId}/forms/{Uri.EscapeDataString(form.XmlFormId)}/draft";
        var settings = CollectSettings.Encode(CollectSettings.Of(address, $"[Draft] {form.Title}"));
        return new DraftItem(
            form.DraftVersion ?? "",
            form.Title,
            form.UpdatedAt ?? form.CreatedAt,
            files,
            token,
            address,
            new TestQr(CollectSettings.DrawSvg(settings), settings),
            TestSubmissions: 0);
    }

    private static async Task<IReadOnlyList<FileItem>> FilesOfAsync(
        FormVersionId version, FormQueries queries, CancellationToken cancellationToken) =>
        [
            .. (await queries.ListFilesAsync(version, cancellationToken))
                .Select(file => new FileItem(file.Name, file.Kind, file.IsPresent, file.Size)),
        ];
}
