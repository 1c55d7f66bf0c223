using System.Text.Json;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Exports.Pages;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Server.Submissions.Files;
using Fieldkeep.Server.Submissions.Reading;
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
        MapReading(form.MapGroup("/draft").WithTags("Drafts").MeansDraft());
    }

    private static void MapReading(RouteGroupBuilder form)
    {
        form.MapGet("/submissions", ListAsync)
            .Declare("listSubmissions", "List submissions, newest first", Permission.SubmissionList)
            .Reads("deleted", typeof(bool), "True for those in the trash instead; demands the action `submission.delete` too. Default: false.")
            .Writes<IReadOnlyList<SubmissionV1>>();
        form.MapGet("/submissions/submitters", ListSubmittersAsync)
            .Declare("listSubmitters", "List everyone who sent a submission", Permission.SubmissionRead);
        var submission = form.MapGroup("/submissions").Refuses(404, "submission.not_found");
        submission.MapGet("/{instanceId}", GetAsync)
            .RedirectsLaterVersions("")
            .ShowsSubmission("getSubmission", "Read a submission");
        submission.MapGet("/{instanceId}.xml", SendXmlAsync)
            .RedirectsLaterVersions(".xml")
            .SendsInstance("getSubmissionXml", "Download a submission as the phone sent it");
        submission.MapGet("/{instanceId}/attachments", ListFilesAsync)
            .RedirectsLaterVersions("/attachments")
            .Declare("listSubmissionFiles", "List the files of a submission", Permission.SubmissionRead);
        submission.MapGet("/{instanceId}/attachments/{name}", SendFileAsync)
            .RedirectsLaterVersions("/attachments")
            .SendsAnswerFile("getSubmissionFile", "Download a file of a submission, or the part that `Range` names");
    }

    // Central gives the whole list as one array; it is written page by page, so that memory stays flat.
    private static async Task ListAsync(
        FormCall call,
        CentralQuery query,
        CentralPage part,
        FindSubmissions find,
        SubmissionQueries submissions,
        AccountQueries accounts,
        FormQueries forms)
    {
        var isTrash = CentralQuery.Flag(call.Http, "deleted");
        var set = await SetOfAsync(call, Permission.SubmissionList, find);
        if (isTrash)
        {
            // What one may not delete one may not bring back either: it does not lie in their trash.
            set = await SetOfAsync(call, Permission.SubmissionDelete, find);
        }

        var versions = query.IsExtended ? await VersionsOfAsync(set, forms, call.Aborted) : null;
        var (skip, left) = part;
        call.Http.Response.ContentType = "application/json; charset=utf-8";
        await using var json = new Utf8JsonWriter(call.Http.Response.BodyWriter);
        json.WriteStartArray();
        for (var after = SubmissionCursor.Newest; left > 0;)
        {
            var page = isTrash
                ? await submissions.ListTrashAsync(set, after, RowsAtOnce, call.Aborted)
                : await submissions.ListAsync(set, after, RowsAtOnce, call.Aborted);
            var wanted = page.Items.Skip(skip).Take(left).ToList();
            skip = Math.Max(0, skip - page.Items.Count);
            left -= wanted.Count;
            var actors = query.IsExtended
                ? await accounts.ActorsAsync(wanted.Select(row => row.SubmitterId.Value), call.Aborted)
                : null;
            foreach (var row in wanted)
            {
                var item = SubmissionV1.Of(
                    row,
                    submissions.SendersOf(set.Project, row),
                    null,
                    query,
                    actors?.GetValueOrDefault(row.SubmitterId.Value),
                    versions?.GetValueOrDefault(row.FormVersionId));
                JsonSerializer.Serialize(json, item, WireJson.Options);
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

    private static async Task<IEnumerable<ActorDetailV1?>> ListSubmittersAsync(
        FormCall call, FindSubmissions find, SubmissionQueries submissions, AccountQueries accounts)
    {
        var set = await SetOfAsync(call, Permission.SubmissionRead, find);
        var ids = await submissions.ListSubmittersAsync(set, call.Aborted);
        var actors = await accounts.ActorsAsync(ids, call.Aborted);
        return ids.Where(actors.ContainsKey).Select(id => ActorDetailV1.Of(actors[id]));
    }

    private static async Task<SubmissionV1> GetAsync(
        FormCall call, string instanceId, CentralQuery query, ReadRecord read, SubmissionQueries submissions, AccountQueries accounts)
    {
        var record = await read.RunAsync(
            call.Actor, call.Project, call.FormId, call.IsDraft, instanceId, ConfidentialWish.Masked, call.Aborted);
        var row = record.Submission.Row;
        var actors = await accounts.ActorsAsync([row.SubmitterId.Value], call.Aborted);
        var submitter = actors.GetValueOrDefault(row.SubmitterId.Value);
        return SubmissionV1.Of(
            row, submissions.SendersOf(call.Project, row), record.InstanceName, query, submitter, record.Form.Version);
    }

    private static async Task<IResult> SendXmlAsync(FormCall call, string instanceId, ReadSubmission read) =>
        Results.Bytes(
            (await read.RunAsync(
                call.Actor, call.Project, call.FormId, call.IsDraft, instanceId, ConfidentialWish.IfAllowed, call.Aborted)).Xml,
            "application/xml");

    private static async Task<IEnumerable<SubmissionFileV1>> ListFilesAsync(
        FormCall call, string instanceId, FindSubmissions find, SubmissionQueries submissions, ListShownFiles list)
    {
        var set = await SetOfAsync(call, Permission.SubmissionRead, find);
        var row = await submissions.GetAsync(set, instanceId, call.Aborted);
        return (await list.RunAsync(call.Actor, set, row, row.CurrentVersion, call.Aborted)).Select(file => new SubmissionFileV1(file.Name, file.Blob is not null));
    }

    private static async Task<IResult> SendFileAsync(FormCall call, string instanceId, string name, ReadSubmissionFile read)
    {
        var place = new SubmissionPlace(call.FormId, call.IsDraft, instanceId);
        var file = await read.RunAsync(call.Actor, call.Project, place, name, call.Aborted);
        return FileAnswer.Of(call.Http, file.Name, file.Content, file.Tag, file.ReceivedAt);
    }

    private static async Task<IReadOnlyDictionary<FormVersionId, string>> VersionsOfAsync(
        SubmissionSet set, FormQueries forms, CancellationToken cancellationToken) =>
        (await forms.ListVersionsAsync(set.Form, cancellationToken)).ToDictionary(version => version.Id, version => version.Version);

    private static Task<SubmissionSet> SetOfAsync(FormCall call, Permission permission, FindSubmissions find) =>
        find.RunAsync(call.Actor, permission, call.Project, call.FormId, call.IsDraft, call.Aborted);
}
