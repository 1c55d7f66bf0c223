using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Wire.Shared;
using Fieldkeep.XForms.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Forms for the web interface: lists, drafts with their diagnostics, publishing, files.</summary>
internal static class FormsApi
{
    /// <summary>Maps <c>/projects/{projectId}/forms</c> below <c>/api</c>.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var forms = api.MapGroup("/projects/{projectId:long}/forms");
        forms.MapGet("", ListAsync);
        forms.MapPost("/draft", UploadAsync);
        forms.MapGet("/{formId}", GetAsync);
        forms.MapPatch("/{formId}", ChangeAsync);
        forms.MapDelete("/{formId}", TrashAsync);
        forms.MapPost("/{formId}/draft/publish", PublishAsync);
        forms.MapDelete("/{formId}/draft", DiscardAsync);
        forms.MapPut("/{formId}/draft/attachments/{name}", AttachAsync);
        forms.MapDelete("/{formId}/draft/attachments/{name}", ClearAsync);
        forms.MapGet("/{formId}/versions/{version}/xml", SendXmlAsync);
        forms.MapGet("/{formId}/draft/xml", SendDraftXmlAsync);
    }

    private static async Task<IResult> ListAsync(
        HttpContext context,
        long projectId,
        ActorResolver resolver,
        Grants grants,
        FormQueries queries,
        SubmissionTotals counts)
    {
        var project = new ProjectId(projectId);
        var actor = await resolver.RequireAsync(context);
        await grants.RequireAsync(actor, Permission.FormList, Scope.Of(project), context.RequestAborted);
        var counted = await counts.ByFormAsync(project, context.RequestAborted);
        var forms = await queries.ListAsync(project, context.RequestAborted);
        return WireJson.Answer(new { items = forms.Select(form => ItemOf(form, counted.GetValueOrDefault(form.Id))) });
    }

    private static async Task<IResult> GetAsync(
        HttpContext context,
        long projectId,
        string formId,
        ActorResolver resolver,
        Grants grants,
        FormQueries queries,
        SubmissionTotals counts,
        AccountQueries accounts,
        DraftTokens tokens,
        PublicAddress publicAddress)
    {
        var project = new ProjectId(projectId);
        var actor = await resolver.RequireAsync(context);
        await grants.RequireAsync(actor, Permission.FormRead, Scope.Of(project), context.RequestAborted);
        var form = await queries.GetAsync(project, formId, context.RequestAborted);
        var counted = await counts.ByFormAsync(project, context.RequestAborted);
        var versions = await queries.ListVersionsAsync(form.Id, context.RequestAborted);
        var names = await accounts.NamesAsync(
            versions.Select(version => version.PublishedBy?.Value ?? 0), context.RequestAborted);
        var item = ItemOf(form, counted.GetValueOrDefault(form.Id));
        return WireJson.Answer(new FormDetail(
            item,
            await DraftOfAsync(context, form, queries, tokens, publicAddress),
            [.. versions.Select(version => new VersionItem(
                version.Version, version.PublishedAt, names.GetValueOrDefault(version.PublishedBy?.Value ?? 0)))],
            form.CurrentVersionId is { } current ? await FilesOfAsync(context, current, queries) : []));
    }

    private static async Task<IResult> UploadAsync(
        HttpContext context,
        long projectId,
        string? formId,
        ActorResolver resolver,
        Grants grants,
        ProjectRefs projects,
        UploadDraft upload)
    {
        // Before the body: nobody else may make us hold a file.
        var actor = await resolver.RequireAsync(context);
        await grants.RequireAsync(
            actor, Permission.FormWrite, Scope.Of(new ProjectId(projectId)), context.RequestAborted);
        var project = await projects.GetRefAsync(new ProjectId(projectId), context.RequestAborted);
        var content = await BodyReader.ReadAsync(
            context, FormFileReader.MaxBytes, () => FormProblems.TooLarge(FormFileReader.MaxBytes));
        var name = Uri.UnescapeDataString(context.Request.Headers["X-File-Name"].ToString());
        var file = new FormUpload(content, name.Length == 0 ? null : Path.GetFileName(name), null);
        try
        {
            var target = new DraftTarget(formId, MustBeNew: false, RefuseWarnings: false);
            var done = await upload.RunAsync(actor, project, file, target, context.RequestAborted);
            var form = new { id = done.Form.XmlFormId, title = done.Form.Title, version = done.Form.DraftVersion };
            return WireJson.Answer(new { accepted = true, form, diagnostics = done.Diagnostics.Select(DiagnosticOf) });
        }
        catch (ProblemException problem) when (
            problem.Details?.GetValueOrDefault("diagnostics") is IReadOnlyList<Diagnostic> diagnostics)
        {
            return WireJson.Answer(
                new { accepted = false, form = (object?)null, diagnostics = diagnostics.Select(DiagnosticOf) });
        }
    }

    private static async Task<IResult> PublishAsync(
        HttpContext context,
        long projectId,
        string formId,
        ActorResolver resolver,
        ProjectRefs projects,
        PublishDraft publish)
    {
        var actor = await resolver.RequireAsync(context);
        var project = await projects.GetRefAsync(new ProjectId(projectId), context.RequestAborted);
        var request = context.Request.ContentLength > 0
            ? await WireJson.ReadAsync<PublishRequest>(context, context.RequestAborted)
            : null;
        var form = await publish.RunAsync(actor, project, formId, request?.Version, context.RequestAborted);
        return WireJson.Answer(ItemOf(form, null));
    }

    private static async Task<IResult> ChangeAsync(
        HttpContext context,
        long projectId,
        string formId,
        ActorResolver resolver,
        ProjectRefs projects,
        ChangeForm change)
    {
        var actor = await resolver.RequireAsync(context);
        var project = await projects.GetRefAsync(new ProjectId(projectId), context.RequestAborted);
        var request = await WireJson.ReadAsync<ChangeRequest>(context, context.RequestAborted);
        if (!Enum.TryParse<FormState>(request.State, ignoreCase: true, out var state) || !Enum.IsDefined(state))
        {
            throw new ProblemException("form.bad_state", 400, "A form's state is open, closing or closed.");
        }

        return WireJson.Answer(ItemOf(await change.SetStateAsync(actor, project, formId, state, context.RequestAborted), null));
    }

    private static async Task<IResult> TrashAsync(
        HttpContext context, long projectId, string formId, ActorResolver resolver, ProjectRefs projects, ChangeForm change)
    {
        var actor = await resolver.RequireAsync(context);
        var project = await projects.GetRefAsync(new ProjectId(projectId), context.RequestAborted);
        await change.TrashAsync(actor, project, formId, context.RequestAborted);
        return Results.NoContent();
    }

    private static async Task<IResult> DiscardAsync(
        HttpContext context, long projectId, string formId, ActorResolver resolver, ProjectRefs projects, ChangeForm change)
    {
        var actor = await resolver.RequireAsync(context);
        var project = await projects.GetRefAsync(new ProjectId(projectId), context.RequestAborted);
        await change.DiscardDraftAsync(actor, project, formId, context.RequestAborted);
        return Results.NoContent();
    }

    private static async Task<IResult> AttachAsync(
        HttpContext context,
        long projectId,
        string formId,
        string name,
        ActorResolver resolver,
        ProjectRefs projects,
        AttachFormFile attach)
    {
        var actor = await resolver.RequireAsync(context);
        var project = await projects.GetRefAsync(new ProjectId(projectId), context.RequestAborted);
        BodyReader.Allow(context, FormFiles.MaxBytes + 1);
        var type = context.Request.ContentType ?? "application/octet-stream";
        await attach.RunAsync(actor, project, formId, name, context.Request.Body, type, context.RequestAborted);
        return Results.NoContent();
    }

    private static async Task<IResult> ClearAsync(
        HttpContext context,
        long projectId,
        string formId,
        string name,
        ActorResolver resolver,
        ProjectRefs projects,
        AttachFormFile attach)
    {
        var actor = await resolver.RequireAsync(context);
        var project = await projects.GetRefAsync(new ProjectId(projectId), context.RequestAborted);
        await attach.ClearAsync(actor, project, formId, name, context.RequestAborted);
        return Results.NoContent();
    }

    private static async Task<IResult> SendXmlAsync(
        HttpContext context, long projectId, string formId, string version, ActorResolver resolver, Grants grants, FormQueries queries)
    {
        var form = await RequireReadAsync(context, projectId, formId, resolver, grants, queries);
        var xml = await queries.GetXmlAsync(form, version == "___" ? "" : version, context.RequestAborted);
        return Results.Text(xml, "application/xml");
    }

    private static async Task<IResult> SendDraftXmlAsync(
        HttpContext context, long projectId, string formId, ActorResolver resolver, Grants grants, FormQueries queries)
    {
        var form = await RequireReadAsync(context, projectId, formId, resolver, grants, queries);
        var xml = await queries.GetXmlAsync(
            form.DraftVersionId ?? throw FormProblems.NoDraft(formId), context.RequestAborted);
        return Results.Text(xml, "application/xml");
    }

    private static async Task<Form> RequireReadAsync(
        HttpContext context, long projectId, string formId, ActorResolver resolver, Grants grants, FormQueries queries)
    {
        var project = new ProjectId(projectId);
        var actor = await resolver.RequireAsync(context);
        await grants.RequireAsync(actor, Permission.FormRead, Scope.Of(project), context.RequestAborted);
        return await queries.GetAsync(project, formId, context.RequestAborted);
    }

    private static async Task<DraftItem?> DraftOfAsync(
        HttpContext context, Form form, FormQueries queries, DraftTokens tokens, PublicAddress publicAddress)
    {
        if (form.DraftVersionId is not { } draft)
        {
            return null;
        }

        var token = tokens.Of(draft);
        var address = $"{publicAddress.Of(context)}/v1/test/{token}/projects/{form.ProjectId}"
            + $"/forms/{Uri.EscapeDataString(form.XmlFormId)}/draft";
        var settings = CollectSettings.Encode(CollectSettings.Of(address, $"[Draft] {form.Title}"));
        var qr = new { svg = CollectSettings.DrawSvg(settings), settings };
        var files = await FilesOfAsync(context, draft, queries);
        return new DraftItem(form.DraftVersion ?? "", form.Title, form.UpdatedAt ?? form.CreatedAt, files, token, address, qr);
    }

    private static async Task<IReadOnlyList<FileItem>> FilesOfAsync(
        HttpContext context, FormVersionId version, FormQueries queries) =>
        [
            .. (await queries.ListFilesAsync(version, context.RequestAborted))
                .Select(file => new FileItem(file.Name, file.Kind, file.IsPresent, file.Size)),
        ];

    private static FormItem ItemOf(Form form, SubmissionTotal? count) => new(
        form.XmlFormId,
        form.Title,
        form.State,
        form.Version,
        form.PublishedAt,
        form.DraftVersionId is not null,
        form.DraftVersion,
        count?.Submissions ?? 0,
        count?.LastSubmission,
        form.UpdatedAt ?? form.CreatedAt);

    private static object DiagnosticOf(Diagnostic diagnostic) => new
    {
        code = diagnostic.Code,
        severity = diagnostic.Severity.ToString().ToLowerInvariant(),
        message = diagnostic.Message,
        sheet = diagnostic.Cell?.Sheet,
        row = diagnostic.Cell?.Row,
        column = diagnostic.Cell?.Column,
        address = diagnostic.Cell?.Address,
        value = diagnostic.Cell?.Value,
        excerpt = (diagnostic.Cell?.Excerpt ?? []).Select(cell => new { address = cell.Address, header = cell.Header, value = cell.Value }),
        suggestion = diagnostic.Suggestion,
    };

    private sealed record PublishRequest(string? Version);

    private sealed record ChangeRequest(string? State);
}
