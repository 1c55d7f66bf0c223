using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Receiving;
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
    /// <summary>Has the leaf of a new submission's entry in the ledger, base64.</summary>
    public const string LeafHeader = "X-Fieldkeep-Leaf";

    /// <summary>Adds what the routes need beyond the rooms.</summary>
    public static IServiceCollection AddOpenRosa(this IServiceCollection services) => services.AddSingleton<PhoneDoor>();

    /// <summary>Maps the phones' doors below an app user's token, below a project (Basic), and below a draft's test token.</summary>
    public static void MapOpenRosa(this IEndpointRouteBuilder routes)
    {
        var phones = routes.MapGroup("/v1").Speaks(Dialect.OpenRosa).MadeFor(Audience.Phones).WithTags("Phones");
        MapForms(phones.MapGroup("/key/{token}/projects/{projectId:long}").CalledBy(CallerKind.AppUser, CallerKind.PublicLink).Variant("WithToken"));
        MapForms(phones.MapGroup("/projects/{projectId:long}").CalledBy(CallerKind.Session, CallerKind.PublicLink)
            .Variant("WithAccount")
            .Reads("st", typeof(string), "A public link's token: opens its form and no other, in place of signing in."));

        var form = phones.MapGroup("/test/{token}/projects/{projectId:long}/forms/{formId}")
            .CalledBy(CallerKind.DraftTester)
            .Variant("OfDraft")
            .Refuses(404, "form.not_found");
        form.MapGet("/draft/formList", ListDraftAsync).IsFormList();
        form.MapGet("/draft.xml", SendXmlAsync).IsXForm();
        form.MapGet("/draft/manifest", SendManifestAsync).IsManifest();
        form.MapGet("/draft/attachments/{name}", SendFileAsync).IsFile();
        MapSubmission(form.MapGroup("/draft"));
    }

    private static void MapForms(RouteGroupBuilder project)
    {
        project.MapGet("/formList", ListFormsAsync).IsFormList().Reads("formID", typeof(string), "Only the form with this id.");
        var form = project.MapGroup("/forms").Refuses(404, "form.not_found", "form.not_published");
        form.MapGet("/{formId}.xml", SendXmlAsync).IsXForm();
        form.MapGet("/{formId}/manifest", SendManifestAsync).IsManifest();
        form.MapGet("/{formId}/attachments/{name}", SendFileAsync).IsFile();
        MapSubmission(project);
    }

    private static void MapSubmission(RouteGroupBuilder place)
    {
        place.MapMethods("/submission", ["HEAD"], Announce)
            .Declare("announceSubmission", "Ask where to send and how much at once", Permission.SubmissionCreate)
            .AnswersEmpty(StatusCodes.Status204NoContent);
        place.MapPost("/submission", ReceiveAsync)
            .Declare("sendSubmission", "Send a submission (part `xml_submission_file`) and its files, or more files of one; sending again is safe", Permission.SubmissionCreate)
            .TakesFile(new SubmissionLimits().MaxRequestBytes, "multipart/form-data")
            .Reads("deviceID", typeof(string), "The phone's own id, 255 characters at most.")
            .Refuses(400, "submission.no_instance", "submission.two_instances", "submission.unreadable", "submission.bad_part", "submission.bad_file_name", "submission.file_twice", "submission.file_not_named", "submission.cut_off")
            .Refuses(404, "form.not_found", "form.no_such_version")
            .Refuses(409, "form.not_accepting", "submission.other_content", "submission.other_file", "submission.outdated")
            .Refuses(413, "submission.too_large", "submission.too_many_parts")
            .Refuses(415, "submission.not_multipart")
            .Refuses(429, "limit.stored_bytes", "limit.submissions")
            .Refuses(503, "storage.full", "submission.try_again", "submission.waits", "submission.unsure")
            .SendsFile(StatusCodes.Status201Created, "text/xml");
    }

    private static RouteHandlerBuilder IsFormList(this RouteHandlerBuilder route) =>
        route.Declare("listForms", "List the forms to fill in (OpenRosa form list)", Permission.FormDownload).SendsFile("text/xml");

    private static RouteHandlerBuilder IsXForm(this RouteHandlerBuilder route) =>
        route.Declare("getXForm", "Download a form", Permission.FormDownload).SendsFile("text/xml");

    private static RouteHandlerBuilder IsManifest(this RouteHandlerBuilder route) =>
        route.Declare("getManifest", "List a form's files (OpenRosa manifest)", Permission.FormDownload).SendsFile("text/xml");

    private static RouteHandlerBuilder IsFile(this RouteHandlerBuilder route) => route
        .Declare("getFormFile", "Download a file of a form", Permission.FormDownload)
        .Refuses(404, "form.no_such_file")
        .SendsFile("*/*");

    private static async Task ListFormsAsync(HttpContext context, long projectId, PhoneDoor door, PhoneForms forms)
    {
        var actor = await door.OpenAsync(context);
        var isOwn = await door.IsOwnAsync(context, new ProjectId(projectId));
        var listed = await forms.ListAsync(actor, new ProjectId(projectId), isOwn, context.RequestAborted);
        var only = context.Request.Query["formID"].ToString();
        var shown = only.Length == 0 ? listed : listed.Where(form => form.XmlFormId == only);
        await OpenRosaXml.WriteFormListAsync(
            context.Response, shown, form => AddressOf(context, $"/forms/{Uri.EscapeDataString(form.XmlFormId)}"));
    }

    private static async Task ListDraftAsync(
        HttpContext context, long projectId, string formId, string token, PhoneDoor door, PhoneForms forms)
    {
        door.Announce(context);
        var draft = await door.GetDraftAsync(context, new ProjectId(projectId), formId, token);
        var form = await forms.DescribeAsync(draft.Version, context.RequestAborted);
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
            name => folder + Uri.EscapeDataString(name) + LinkOf(context));
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
        WhileAway.Enter();
        await WhileAway.JudgeAsync(() => new ValueTask<Actor>(door.OpenAsync(context)));
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
        // Submissions are taken while the database is away, and nothing else.
        WhileAway.Enter();

        // Who is asking comes before the first byte of the body is read.
        var actor = await WhileAway.JudgeAsync(() => new ValueTask<Actor>(door.OpenAsync(context)));
        if (context.Request.ContentLength > limits.MaxRequestBytes)
        {
            BodyReader.Allow(context, null);
            throw SubmissionProblems.TooLarge("The submission", limits.MaxRequestBytes);
        }

        BodyReader.Allow(context, limits.MaxRequestBytes);

        var project = await WhileAway.JudgeAsync(() => projects.GetRefAsync(new ProjectId(projectId), context.RequestAborted));
        var draftOf = actor.DraftOf is not null ? context.Request.RouteValues["formId"] as string : null;
        var received = await receive.RunAsync(
            actor,
            new SubmissionTarget(project, draftOf, draftOf is not null),
            SubmissionUpload.ReadAsync(context.Request, context.RequestAborted),
            SenderOf(context),
            context.RequestAborted);
        if (received.Leaf is { } leaf)
        {
            // Whoever keeps it can hold the ledger to it later: docs/formats/ledger.md, “Proofs and receipts”.
            context.Response.Headers[LeafHeader] = Convert.ToBase64String(leaf);
        }

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
        return new FormAddress(here + ".xml" + LinkOf(context), here + "/manifest" + LinkOf(context));
    }

    // Who came by a public link goes on by it.
    private static string LinkOf(HttpContext context) =>
        context.Request.Query["st"].ToString() is { Length: > 0 } token ? $"?st={Uri.EscapeDataString(token)}" : "";

    private static string AbsoluteOf(HttpContext context, string path) =>
        $"{context.Request.Scheme}://{context.Request.Host}{new PathString(path).ToUriComponent()}";
}
