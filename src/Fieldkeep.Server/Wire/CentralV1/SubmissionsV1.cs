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
        var form = v1.MapGroup("/projects/{projectId:long}/forms/{formId}");
        MapReading(form);
        form.MapPatch("/submissions/{instanceId}", ReviewAsync);
        form.MapGet("/submissions/{instanceId}/versions", ListVersionsAsync);
        MapReading(v1.MapGroup("/projects/{projectId:long}/forms/{formId}/draft").WithMetadata(new DraftMark()));
    }

    private static void MapReading(RouteGroupBuilder form)
    {
        form.MapGet("/submissions", ListAsync);
        form.MapGet("/submissions/{instanceId}", GetAsync);
        form.MapGet("/submissions/{instanceId}.xml", SendXmlAsync);
        form.MapGet("/submissions/{instanceId}/attachments", ListFilesAsync);
        form.MapGet("/submissions/{instanceId}/attachments/{name}", SendFileAsync);
    }

    // Central gives the whole list as one array; it is written page by page, so that memory stays flat.
    private static async Task ListAsync(
        [AsParameters] FormAddress address, FindSubmissions find, SubmissionQueries submissions, AccountQueries accounts)
    {
        var context = address.Context;
        var set = await find.RunAsync(
            await address.ActorAsync(),
            Permission.SubmissionList,
            await address.ProjectAsync(),
            address.FormId,
            address.IsDraft,
            address.Aborted);
        var skip = CentralQuery.Number(context, "offset") ?? 0;
        var left = CentralQuery.Number(context, "limit") ?? int.MaxValue;
        var isExtended = CentralQuery.IsExtended(context);
        context.Response.ContentType = "application/json; charset=utf-8";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartArray();
        for (var after = SubmissionCursor.Newest; left > 0;)
        {
            var page = await submissions.ListAsync(set, after, RowsAtOnce, address.Aborted);
            var wanted = page.Items.Skip(skip).Take(left).ToList();
            skip = Math.Max(0, skip - page.Items.Count);
            left -= wanted.Count;
            var names = isExtended
                ? await accounts.NamesAsync(wanted.Select(row => row.SubmitterId.Value), address.Aborted)
                : null;
            foreach (var row in wanted)
            {
                var sender = submissions.SenderOf(set.Project, row.Id, row.CurrentVersion, row.Meta);
                var name = names?.GetValueOrDefault(row.SubmitterId.Value);
                JsonSerializer.Serialize(json, SubmissionV1.Of(row, sender, null, name, isExtended), WireJson.Options);
            }

            await json.FlushAsync(address.Aborted);
            if (page.Next is null)
            {
                break;
            }

            after = SubmissionCursor.Parse(page.Next);
        }

        json.WriteEndArray();
        await json.FlushAsync(address.Aborted);
    }

    private static async Task<IResult> GetAsync(
        [AsParameters] FormAddress address, string instanceId, ReadRecord read, AccountQueries accounts)
    {
        var record = await read.RunAsync(
            await address.ActorAsync(),
            await address.ProjectAsync(),
            address.FormId,
            address.IsDraft,
            instanceId,
            address.Aborted);
        var row = record.Submission.Row;
        var names = await accounts.NamesAsync([row.SubmitterId.Value], address.Aborted);
        return WireJson.Answer(SubmissionV1.Of(
            row,
            record.Submission.Sender,
            record.InstanceName,
            names.GetValueOrDefault(row.SubmitterId.Value),
            CentralQuery.IsExtended(address.Context)));
    }

    private static async Task<IResult> SendXmlAsync(
        [AsParameters] FormAddress address, string instanceId, ReadSubmission read)
    {
        var opened = await read.RunAsync(
            await address.ActorAsync(),
            await address.ProjectAsync(),
            address.FormId,
            address.IsDraft,
            instanceId,
            address.Aborted);
        return Results.Bytes(opened.Xml, "application/xml");
    }

    private static async Task<IResult> ListFilesAsync(
        [AsParameters] FormAddress address, string instanceId, FindSubmissions find, SubmissionQueries submissions)
    {
        var set = await find.RunAsync(
            await address.ActorAsync(),
            Permission.SubmissionRead,
            await address.ProjectAsync(),
            address.FormId,
            address.IsDraft,
            address.Aborted);
        var row = await submissions.GetAsync(set, instanceId, address.Aborted);
        var files = await submissions.ListFilesAsync(set.Project, row.Id, row.CurrentVersion, address.Aborted);
        return WireJson.Answer(files.Select(file => new { name = file.Name, exists = file.Blob is not null }));
    }

    private static async Task<IResult> SendFileAsync(
        [AsParameters] FormAddress address, string instanceId, string name, ReadSubmissionFile read)
    {
        var file = await read.RunAsync(
            await address.ActorAsync(),
            await address.ProjectAsync(),
            address.FormId,
            address.IsDraft,
            instanceId,
            name,
            address.Aborted);
        return FileAnswer.Of(address.Context, file.Name, file.Content, file.Tag, file.ReceivedAt);
    }

    private static async Task<IResult> ListVersionsAsync(
        [AsParameters] FormAddress address,
        string instanceId,
        FindSubmissions find,
        SubmissionQueries submissions,
        AccountQueries accounts)
    {
        var set = await find.RunAsync(
            await address.ActorAsync(),
            Permission.SubmissionList,
            await address.ProjectAsync(),
            address.FormId,
            address.IsDraft,
            address.Aborted);
        var row = await submissions.GetAsync(set, instanceId, address.Aborted);
        var versions = await submissions.ListVersionsAsync(row.Id, address.Aborted);
        var names = await accounts.NamesAsync(versions.Select(version => version.SubmitterId.Value), address.Aborted);
        return WireJson.Answer(versions.Select(version => SubmissionV1.Of(
            version,
            submissions.SenderOf(set.Project, row.Id, version.Version, version.Meta),
            version.Version == row.CurrentVersion,
            names.GetValueOrDefault(version.SubmitterId.Value),
            CentralQuery.IsExtended(address.Context))));
    }

    private static async Task<IResult> ReviewAsync(
        [AsParameters] FormAddress address, string instanceId, ReviewSubmission review, SubmissionQueries submissions)
    {
        var actor = await address.ActorAsync();
        var project = await address.ProjectAsync();
        var body = await WireJson.ReadAsync<ReviewBody>(address.Context, address.Aborted);
        var row = await review.RunAsync(
            actor, project, address.FormId, instanceId, body.ReviewState, address.Aborted);
        var sender = submissions.SenderOf(project, row.Id, row.CurrentVersion, row.Meta);
        return WireJson.Answer(SubmissionV1.Of(row, sender, null, null, CentralQuery.IsExtended(address.Context)));
    }

    private sealed record ReviewBody(string? ReviewState);
}
