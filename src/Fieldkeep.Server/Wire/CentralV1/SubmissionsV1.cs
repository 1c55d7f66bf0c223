using System.Text.Json;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Exports;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Submissions in ODK Central's shapes; the tests of a draft below <c>/draft</c>.</summary>
internal static class SubmissionsV1
{
    private const int RowsAtOnce = 1000;

    /// <summary>Maps what lies below <c>/projects/{projectId}/forms/{formId}</c>, twice: for what counts and for drafts.</summary>
    public static void Map(RouteGroupBuilder v1)
    {
        var form = v1.MapGroup("/projects/{projectId:long}/forms/{formId}").WithTags("Submissions").Refuses(404, "form.not_found");
        MapReading(form);
        form.MapPatch("/submissions/{instanceId}", ReviewAsync)
            .Declare("reviewSubmission", "Set a submission's review state", Permission.SubmissionUpdate)
            .Refuses(400, "submission.bad_review_state")
            .Refuses(404, "submission.not_found");
        form.MapGet("/submissions/{instanceId}/versions", ListVersionsAsync)
            .Declare("listSubmissionVersions", "List the versions of a submission", Permission.SubmissionList)
            .Refuses(404, "submission.not_found");
        MapReading(form.MapGroup("/draft").WithTags("Drafts").MeansDraft());
    }

    private static void MapReading(RouteGroupBuilder form)
    {
        form.MapGet("/submissions", ListAsync)
            .Declare("listSubmissions", "List submissions, newest first", Permission.SubmissionList)
            .Writes<IReadOnlyList<SubmissionV1>>();
        var submission = form.MapGroup("/submissions").Refuses(404, "submission.not_found");
        submission.MapGet("/{instanceId}", GetAsync)
            .Declare("getSubmission", "Read a submission", Permission.SubmissionRead)
            .Refuses(500, "submission.damaged");
        submission.MapGet("/{instanceId}.xml", SendXmlAsync)
            .Declare("getSubmissionXml", "Download a submission as the phone sent it", Permission.SubmissionRead)
            .Refuses(500, "submission.damaged")
            .SendsFile("application/xml");
        submission.MapGet("/{instanceId}/attachments", ListFilesAsync)
            .Declare("listSubmissionFiles", "List the files of a submission", Permission.SubmissionRead);
        submission.MapGet("/{instanceId}/attachments/{name}", SendFileAsync)
            .Declare("getSubmissionFile", "Download a file of a submission, or the part that `Range` names", Permission.SubmissionRead)
            .Refuses(404, "submission.no_such_file", "submission.file_missing")
            .Refuses(500, "submission.damaged")
            .SendsFile("*/*");
    }

    // Central gives the whole list as one array; it is written page by page, so that memory stays flat.
    private static async Task ListAsync(
        FormCall call, CentralQuery query, CentralPage part, FindSubmissions find, SubmissionQueries submissions, AccountQueries accounts)
    {
        var set = await SetOfAsync(call, Permission.SubmissionList, find);
        var (skip, left) = part;
        call.Http.Response.ContentType = "application/json; charset=utf-8";
        await using var json = new Utf8JsonWriter(call.Http.Response.BodyWriter);
        json.WriteStartArray();
        for (var after = SubmissionCursor.Newest; left > 0;)
        {
            var page = await submissions.ListAsync(set, after, RowsAtOnce, call.Aborted);
            var wanted = page.Items.Skip(skip).Take(left).ToList();
            skip = Math.Max(0, skip - page.Items.Count);
            left -= wanted.Count;
            var names = query.IsExtended
                ? await accounts.NamesAsync(wanted.Select(row => row.SubmitterId.Value), call.Aborted)
                : null;
            foreach (var row in wanted)
            {
                var sender = submissions.SenderOf(set.Project, row.Id, row.CurrentVersion, row.Meta);
                var name = names?.GetValueOrDefault(row.SubmitterId.Value);
                JsonSerializer.Serialize(json, SubmissionV1.Of(row, sender, null, query, name), WireJson.Options);
            }

            await json.FlushAsync(call.Aborted);
            if (page.Next is null)
            {
                break;
            }

            after = SubmissionCursor.Parse(page.Next);
        }

        json.WriteEndArray();
        await json.FlushAsync(call.Aborted);
    }

    private static async Task<SubmissionV1> GetAsync(
        FormCall call, string instanceId, CentralQuery query, ReadRecord read, AccountQueries accounts)
    {
        var record = await read.RunAsync(call.Actor, call.Project, call.FormId, call.IsDraft, instanceId, call.Aborted);
        var row = record.Submission.Row;
        var names = await accounts.NamesAsync([row.SubmitterId.Value], call.Aborted);
        var name = names.GetValueOrDefault(row.SubmitterId.Value);
        return SubmissionV1.Of(row, record.Submission.Sender, record.InstanceName, query, name);
    }

    private static async Task<IResult> SendXmlAsync(FormCall call, string instanceId, ReadSubmission read) =>
        Results.Bytes(
            (await read.RunAsync(call.Actor, call.Project, call.FormId, call.IsDraft, instanceId, call.Aborted)).Xml,
            "application/xml");

    private static async Task<IEnumerable<SubmissionFileV1>> ListFilesAsync(
        FormCall call, string instanceId, FindSubmissions find, SubmissionQueries submissions)
    {
        var set = await SetOfAsync(call, Permission.SubmissionRead, find);
        var row = await submissions.GetAsync(set, instanceId, call.Aborted);
        var files = await submissions.ListFilesAsync(set.Project, row.Id, row.CurrentVersion, call.Aborted);
        return files.Select(file => new SubmissionFileV1(file.Name, file.Blob is not null));
    }

    private static async Task<IResult> SendFileAsync(FormCall call, string instanceId, string name, ReadSubmissionFile read)
    {
        var file = await read.RunAsync(call.Actor, call.Project, call.FormId, call.IsDraft, instanceId, name, call.Aborted);
        return FileAnswer.Of(call.Http, file.Name, file.Content, file.Tag, file.ReceivedAt);
    }

    private static async Task<IEnumerable<SubmissionVersionV1>> ListVersionsAsync(
        FormCall call, string instanceId, CentralQuery query, FindSubmissions find, SubmissionQueries submissions, AccountQueries accounts)
    {
        var set = await SetOfAsync(call, Permission.SubmissionList, find);
        var row = await submissions.GetAsync(set, instanceId, call.Aborted);
        var versions = await submissions.ListVersionsAsync(row.Id, call.Aborted);
        var names = await accounts.NamesAsync(versions.Select(version => version.SubmitterId.Value), call.Aborted);
        return versions.Select(version => SubmissionVersionV1.Of(
            version,
            submissions.SenderOf(set.Project, row.Id, version.Version, version.Meta),
            version.Version == row.CurrentVersion,
            query,
            names.GetValueOrDefault(version.SubmitterId.Value)));
    }

    private static async Task<SubmissionV1> ReviewAsync(
        FormCall call, string instanceId, CentralQuery query, JsonBody<ReviewV1> body, ReviewSubmission review, SubmissionQueries submissions)
    {
        var wanted = await body.ReadAsync();
        var row = await review.RunAsync(
            call.Actor, call.Project, call.FormId, instanceId, wanted.ReviewState, call.Aborted);
        var sender = submissions.SenderOf(call.Project, row.Id, row.CurrentVersion, row.Meta);
        return SubmissionV1.Of(row, sender, null, query, null);
    }

    private static Task<SubmissionSet> SetOfAsync(FormCall call, Permission permission, FindSubmissions find) =>
        find.RunAsync(call.Actor, permission, call.Project, call.FormId, call.IsDraft, call.Aborted);
}
