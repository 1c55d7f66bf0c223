using Fieldkeep.Server.Access;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Editing;
using Fieldkeep.Server.Submissions.Files;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.Server.Submissions.Receiving;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>What changes submissions, in ODK Central's shapes: sending, editing, reviewing, files, the trash.</summary>
internal static class SubmissionWritesV1
{
    private static readonly string[] XmlTypes = ["application/xml", "text/xml"];

    /// <summary>Maps what lies below <c>/projects/{projectId}/forms/{formId}</c>.</summary>
    public static void Map(RouteGroupBuilder v1)
    {
        var form = v1.MapGroup("/projects/{projectId:long}/forms/{formId}").WithTags("Submissions").Refuses(404, "form.not_found");
        MapSending(form);
        MapSending(form.MapGroup("/draft").WithTags("Drafts").MeansDraft());
        var submission = form.MapGroup("/submissions/{instanceId}").Refuses(404, "submission.not_found");
        submission.MapPatch("", ReviewAsync)
            .Declare("reviewSubmission", "Set a submission's review state", Permission.SubmissionUpdate)
            .Refuses(400, "submission.bad_review_state", "transition.message_needed")
            .Refuses(403, "submission.out_of_reach", "transition.four_eyes")
            .Refuses(409, "transition.invalid", "transition.outdated");
        submission.MapDelete("", TrashAsync)
            .Declare("deleteSubmission", "Move a submission to the trash", Permission.SubmissionDelete);
        submission.MapPost("/restore", RestoreAsync)
            .Declare("restoreSubmission", "Bring a submission back from the trash", Permission.SubmissionDelete)
            .Refuses(404, "submission.not_in_trash");
        submission.MapGet("/edit", RefuseEditPageAsync)
            .Declare("getSubmissionEditPage", "Ask for the page that edits a submission: there is none", Permission.SubmissionUpdate)
            .CheckedHere()
            .Refuses(409, "submission.no_edit_page")
            .SendsFile(StatusCodes.Status302Found, "text/html");
    }

    private static void MapSending(RouteGroupBuilder form)
    {
        TakesInstance(form.MapPost("/submissions", SendAsync))
            .Declare("createSubmission", "Send a submission as XML; its files come one by one afterwards", Permission.SubmissionCreate)
            .CheckedHere()
            .Refuses(409, "submission.exists", "submission.other_content", "submission.deleted", "deployment.closed", "deployment.ambiguous");

        TakesInstance(form.MapPut("/submissions/{instanceId}", EditAsync))
            .Declare("editSubmission", "Edit a submission: send the next version of its XML", Permission.SubmissionCreate)
            .Refuses(400, "submission.no_deprecated_id")
            .Refuses(403, "submission.out_of_reach")
            .Refuses(404, "submission.not_found")
            .Refuses(409, "submission.outdated", "submission.instance_id_taken");
        var file = form.MapGroup("/submissions/{instanceId}/attachments/{name}")
            .Refuses(404, "submission.not_found", "submission.no_such_file")
            .Refuses(409, "transition.invalid");
        file.MapPost("", AttachAsync)
            .Declare("attachSubmissionFile", "Send a file that a submission names", Permission.SubmissionCreate)
            .CheckedHere()
            .TakesFile(new SubmissionLimits().MaxAttachmentBytes, "*/*")
            .Refuses(413, "submission.too_large")
            .Refuses(503, "submission.try_again", "submission.waits", "submission.unsure");
        file.MapDelete("", ClearAsync)
            .Declare("clearSubmissionFile", "Take a file's bytes off a submission", Permission.SubmissionUpdate);
    }

    // Checked before the body: nobody else may make us hold an instance.
    private static RouteHandlerBuilder TakesInstance(RouteHandlerBuilder route) => route
        .TakesFile(new SubmissionLimits().MaxInstanceBytes, XmlTypes)
        .Reads("deviceID", typeof(string), "The device's own id, 255 characters at most.")
        .Refuses(400, "submission.unreadable", "submission.other_form")
        .Refuses(404, "form.no_such_version", "form.no_draft")
        .Refuses(409, "form.not_accepting")
        .Refuses(413, "submission.too_large")
        .Refuses(429, "limit.stored_bytes", "limit.submissions")
        .Refuses(503, "storage.full", "submission.try_again", "submission.waits", "submission.unsure");

    private static async Task<SubmissionV1> SendAsync(
        FormCall call, CentralQuery query, ActionNotes notes, ReceivedXml received)
    {
        var target = new SubmissionTarget(call.Project, call.FormId, call.IsDraft)
        {
            Intent = SubmissionIntent.New,
            Notes = notes.Text,
        };
        return await received.StoreAsync(call, target, query);
    }

    private static async Task<SubmissionV1> EditAsync(
        FormCall call, string instanceId, CentralQuery query, ActionNotes notes, FormAccess access, ReceivedXml received)
    {
        // Whoever may correct submissions of a deployment may not send any: one of the two is enough.
        if (!await access.HasAsync(call.Actor, Permission.SubmissionUpdate, call.Project.Id, call.FormId, call.Aborted))
        {
            await access.RequireAsync(call.Actor, Permission.SubmissionCreate, call.Project.Id, call.FormId, call.Aborted);
        }

        var target = new SubmissionTarget(call.Project, call.FormId, call.IsDraft)
        {
            Intent = SubmissionIntent.Edit,
            EditOf = instanceId,
            Notes = notes.Text,
        };
        return await received.StoreAsync(call, target, query);
    }

    private static async Task<SubmissionV1> ReviewAsync(
        FormCall call,
        string instanceId,
        CentralQuery query,
        ActionNotes notes,
        JsonBody<ReviewV1> body,
        ReviewSubmission review,
        SubmissionQueries submissions)
    {
        var wanted = await body.ReadAsync();
        var row = await review.RunAsync(
            call.Actor, call.Project, call.FormId, instanceId, wanted.ReviewState, notes.Text, call.Aborted);
        return SubmissionV1.Of(row, submissions.SendersOf(call.Project, row), null, query, null, null);
    }

    private static async Task<Done> TrashAsync(FormCall call, string instanceId, ActionNotes notes, TrashSubmission trash)
    {
        await trash.RunAsync(call.Actor, call.Project, PlaceOf(call, instanceId), notes.Text, call.Aborted);
        return Done.Well;
    }

    private static async Task<Done> RestoreAsync(FormCall call, string instanceId, ActionNotes notes, RestoreSubmission restore)
    {
        await restore.RunAsync(call.Actor, call.Project, PlaceOf(call, instanceId), notes.Text, call.Aborted);
        return Done.Well;
    }

    private static async Task<Done> AttachAsync(
        FormCall call, string instanceId, string name, ActionNotes notes, AttachSubmissionFile attach, SubmissionLimits limits)
    {
        if (call.Http.Request.ContentLength > limits.MaxAttachmentBytes)
        {
            BodyReader.Allow(call.Http, null);
            throw SubmissionProblems.TooLarge("A file of the submission", limits.MaxAttachmentBytes);
        }

        BodyReader.Allow(call.Http, limits.MaxAttachmentBytes + 1);
        var upload = new FileUpload(name, call.Http.Request.Body, notes.Text);
        await attach.RunAsync(call.Actor, call.Project, PlaceOf(call, instanceId), upload, call.Aborted);
        return Done.Well;
    }

    private static async Task<Done> ClearAsync(
        FormCall call, string instanceId, string name, ActionNotes notes, ClearSubmissionFile clear)
    {
        await clear.RunAsync(call.Actor, call.Project, PlaceOf(call, instanceId), name, notes.Text, call.Aborted);
        return Done.Well;
    }

    private static async Task<IResult> RefuseEditPageAsync(
        FormCall call, string instanceId, FindSubmissions find, SubmissionQueries submissions)
    {
        var set = await find.RunAsync(
            call.Actor, Permission.SubmissionUpdate, call.Project, call.FormId, call.IsDraft, call.Aborted);
        await submissions.GetAsync(set, instanceId, call.Aborted);
        throw new ProblemException(
            "submission.no_edit_page",
            409,
            "This server has no page that edits submissions. Edit with PUT, naming the current instanceID as deprecatedID.")
        { CentralCode = 409.11m };
    }

    private static SubmissionPlace PlaceOf(FormCall call, string instanceId) => new(call.FormId, call.IsDraft, instanceId);
}
