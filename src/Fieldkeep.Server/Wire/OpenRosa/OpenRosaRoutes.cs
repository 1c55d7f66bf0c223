using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Wire.OpenRosa;

/// <summary>
/// The doors for phones: form list, XForm, manifest, files, submission. docs/protocol/openrosa.md lists each with its test.
/// </summary>
internal static class OpenRosaRoutes
{
    /// <summary>Adds what the routes need beyond the rooms.</summary>
    public static IServiceCollection AddOpenRosa(this IServiceCollection services) => services.AddSingleton<PhoneDoor>();

    /// <summary>Maps the phones' doors below an app user's token, below a project (Basic), and below a draft's test token.</summary>
    public static void MapOpenRosa(this IEndpointRouteBuilder routes)
    {
        foreach (var prefix in (string[])["/v1/key/{token}/projects/{projectId:long}", "/v1/projects/{projectId:long}"])
        {
            var group = routes.MapGroup(prefix).Speaks(Dialect.OpenRosa);
            group.MapGet("/formList", ListFormsAsync);
            group.MapGet("/forms/{formId}.xml", SendXmlAsync);
            group.MapGet("/forms/{formId}/manifest", SendManifestAsync);
            group.MapGet("/forms/{formId}/attachments/{name}", SendFileAsync);
            group.MapMethods("/submission", ["HEAD"], Announce);
            group.MapPost("/submission", ReceiveAsync);
        }

        var draft = routes.MapGroup("/v1/test/{token}/projects/{projectId:long}/forms/{formId}")
            .Speaks(Dialect.OpenRosa);
        draft.MapGet("/draft/formList", ListDraftAsync);
        draft.MapGet("/draft.xml", SendXmlAsync);
        draft.MapGet("/draft/manifest", SendManifestAsync);
        draft.MapGet("/draft/attachments/{name}", SendFileAsync);
        draft.MapMethods("/draft/submission", ["HEAD"], Announce);
        draft.MapPost("/draft/submission", ReceiveAsync);
    }

    private static async Task ListFormsAsync(HttpContext context, long projectId, PhoneDoor door, PhoneForms forms)
    {
        var actor = await door.OpenAsync(context);
        var listed = await forms.ListAsync(actor, new ProjectId(projectId), context.RequestAborted);
        var only = context.Request.Query["formID"].ToString();
        var shown = only.Length == 0 ? listed : listed.Where(form => form.XmlFormId == only);
        await OpenRosaXml.WriteFormListAsync(
            context.Response, shown, form => AddressOf(context, $"/forms/{Uri.EscapeDataString(form.XmlFormId)}"));
    }

    private static async Task ListDraftAsync(
        HttpContext context, long projectId, string formId, string token, PhoneDoor door, PhoneForms forms)
    {
        door.Announce(context);
        var draft = await forms.GetDraftAsync(new ProjectId(projectId), formId, token, context.RequestAborted);
        var form = await forms.DescribeAsync(draft, context.RequestAborted);
        await OpenRosaXml.WriteFormListAsync(context.Response, [form], _ => AddressOf(context, ""));
    }

    private static async Task SendXmlAsync(
        HttpContext context, long projectId, string formId, PhoneDoor door, FormQueries queries)
    {
        var version = await door.FindVersionAsync(context, new ProjectId(projectId), formId);
        var xml = await queries.GetXmlAsync(version, context.RequestAborted);
        context.Response.ContentType = "text/xml; charset=utf-8";
        await context.Response.WriteAsync(xml, context.RequestAborted);
    }

    private static async Task SendManifestAsync(
        HttpContext context,
        long projectId,
        string formId,
        PhoneDoor door,
        FormQueries queries,
        FormFiles files,
        ProjectRefs projects)
    {
        var version = await door.FindVersionAsync(context, new ProjectId(projectId), formId);
        var project = await projects.GetRefAsync(new ProjectId(projectId), context.RequestAborted);
        var stored = await queries.ListStoredFilesAsync(version, context.RequestAborted);
        var folder = AbsoluteOf(context, context.Request.Path.Value?.Replace("/manifest", "/attachments/", StringComparison.Ordinal) ?? "");
        await OpenRosaXml.WriteManifestAsync(
            context.Response,
            stored.Select(file => (file.Name, files.ReadFacts(project, file).Md5)),
            name => folder + Uri.EscapeDataString(name));
    }

    private static async Task SendFileAsync(
        HttpContext context,
        long projectId,
        string formId,
        string name,
        PhoneDoor door,
        FormQueries queries,
        FormFiles files,
        ProjectRefs projects)
    {
        var version = await door.FindVersionAsync(context, new ProjectId(projectId), formId);
        var project = await projects.GetRefAsync(new ProjectId(projectId), context.RequestAborted);
        var stored = (await queries.ListStoredFilesAsync(version, context.RequestAborted))
            .FirstOrDefault(file => file.Name == name) ?? throw FormProblems.NoSuchFile(name);
        await using var content = await files.OpenReadAsync(project, stored, context.RequestAborted);
        context.Response.ContentType = FileAnswer.TypeOf(name);
        FileAnswer.NameIt(context, name);
        context.Response.ContentLength = stored.Size;
        await content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    // Collect asks before it sends, to learn where to and how much: OpenRosa Form Submission API, "HEAD request".
    private static async Task Announce(HttpContext context, PhoneDoor door)
    {
        await door.OpenAsync(context);
        context.Response.Headers.Location = AbsoluteOf(context, context.Request.Path.Value ?? "");
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static async Task ReceiveAsync(
        HttpContext context,
        long projectId,
        PhoneDoor door,
        ReceiveSubmission receive,
        SubmissionLimits limits,
        ProjectRefs projects)
    {
        // Who is asking comes before the first byte of the body is read.
        var actor = await door.OpenAsync(context);
        if (context.Request.ContentLength > limits.MaxRequestBytes)
        {
            BodyReader.Allow(context, null);
            throw SubmissionProblems.TooLarge("The submission", limits.MaxRequestBytes);
        }

        BodyReader.Allow(context, limits.MaxRequestBytes);

        var project = await projects.GetRefAsync(new ProjectId(projectId), context.RequestAborted);
        var draftOf = actor.Kind == ActorKind.DraftTester ? context.Request.RouteValues["formId"] as string : null;
        var received = await receive.RunAsync(
            actor,
            new SubmissionTarget(project, draftOf, draftOf is not null),
            SubmissionUpload.ReadAsync(context.Request, context.RequestAborted),
            SenderOf(context),
            context.RequestAborted);
        var message = received.IsNew ? "The form was received and is safely stored." : "The form was here already.";
        await OpenRosaXml.WriteReceivedAsync(
            context.Response, message, received.InstanceId, received.Form.XForm.Id, received.Form.Version);
    }

    private static SenderFacts SenderOf(HttpContext context)
    {
        var device = context.Request.Query["deviceID"].ToString();
        return device.Length is > 0 and <= 255
            ? new SenderFacts(device, context.Request.Headers.UserAgent.ToString() is { Length: > 0 and <= 255 } agent ? agent : null)
            : new SenderFacts(null, null);
    }

    private static FormAddress AddressOf(HttpContext context, string form)
    {
        var path = context.Request.Path.Value ?? "";
        var here = AbsoluteOf(context, path[..path.LastIndexOf("/formList", StringComparison.Ordinal)]) + form;
        return new FormAddress(here + ".xml", here + "/manifest");
    }

    private static string AbsoluteOf(HttpContext context, string path) =>
        $"{context.Request.Scheme}://{context.Request.Host}{new PathString(path).ToUriComponent()}";
}
