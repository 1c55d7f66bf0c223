using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Server.Submissions.Files;
using Fieldkeep.Server.Submissions.History;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>The versions of a submission, and what each changed, in ODK Central's shapes.</summary>
internal static class SubmissionVersionsV1
{
    /// <summary>Maps what lies below <c>/projects/{projectId}/forms/{formId}</c>, twice: for what counts and for drafts.</summary>
    public static void Map(RouteGroupBuilder v1)
    {
        var form = v1.MapGroup("/projects/{projectId:long}/forms/{formId}").WithTags("Submissions").Refuses(404, "form.not_found");
        MapVersions(form);
        MapVersions(form.MapGroup("/draft").WithTags("Drafts").MeansDraft());
    }

    private static void MapVersions(RouteGroupBuilder form)
    {
        var submission = form.MapGroup("/submissions/{instanceId}").Refuses(404, "submission.not_found");
        submission.MapGet("/diffs", CompareAsync)
            .Declare("compareSubmissionVersions", "Tell what each version of a submission changed", Permission.SubmissionRead)
            .Refuses(413, "submission.too_large_to_compare")
            .Refuses(500, "submission.damaged");
        submission.MapGet("/versions", ListAsync)
            .Declare("listSubmissionVersions", "List the versions of a submission, newest first", Permission.SubmissionRead);
        var version = submission.MapGroup("/versions").Refuses(404, "submission.no_such_version");
        version.MapGet("/{versionId}", GetAsync)
            .ShowsSubmission("getSubmissionVersion", "Read one version of a submission");
        version.MapGet("/{versionId}.xml", SendXmlAsync)
            .SendsInstance("getSubmissionVersionXml", "Download one version of a submission as it was sent");
        version.MapGet("/{versionId}/attachments", ListFilesAsync)
            .Declare("listSubmissionVersionFiles", "List the files of one version of a submission", Permission.SubmissionRead);
        version.MapGet("/{versionId}/attachments/{name}", SendFileAsync)
            .SendsAnswerFile("getSubmissionVersionFile", "Download a file of one version of a submission");
    }

    private static async Task<IEnumerable<SubmissionVersionV1>> ListAsync(
        FormCall call,
        string instanceId,
        CentralQuery query,
        FindSubmissions find,
        SubmissionQueries submissions,
        AccountQueries accounts,
        FormCatalogue catalogue)
    {
        var set = await find.RunAsync(
            call.Actor, Permission.SubmissionRead, call.Project, call.FormId, call.IsDraft, call.Aborted);
        var row = await submissions.GetAsync(set, instanceId, call.Aborted);
        var versions = await submissions.ListVersionsAsync(set, row, call.Aborted);
        var actors = await accounts.ActorsAsync(versions.Select(version => version.SubmitterId.Value), call.Aborted);
        var shown = new List<SubmissionVersionV1>(versions.Count);
        foreach (var version in versions)
        {
            var form = await catalogue.GetDefinitionAsync(version.FormVersionId, call.Aborted);
            shown.Add(SubmissionVersionV1.Of(
                version,
                submissions.SenderOf(set.Project, row.Id, version.Version, version.Meta),
                version.Version == row.CurrentVersion,
                query,
                actors.GetValueOrDefault(version.SubmitterId.Value)) with
            { FormVersion = form.Version });
        }

        return shown;
    }

    private static async Task<SubmissionVersionV1> GetAsync(
        FormCall call,
        string instanceId,
        string versionId,
        CentralQuery query,
        ReadSubmissionVersion read,
        SubmissionQueries submissions,
        AccountQueries accounts,
        FormCatalogue catalogue)
    {
        var opened = await read.RunAsync(
            call.Actor, call.Project, PlaceOf(call, instanceId, versionId), ConfidentialWish.Masked, call.Aborted);
        var version = opened.Version;
        var actors = await accounts.ActorsAsync([version.SubmitterId.Value], call.Aborted);
        var form = await catalogue.GetDefinitionAsync(version.FormVersionId, call.Aborted);
        return SubmissionVersionV1.Of(
            version,
            submissions.SenderOf(call.Project, opened.Row.Id, version.Version, version.Meta),
            version.Version == opened.Row.CurrentVersion,
            query,
            actors.GetValueOrDefault(version.SubmitterId.Value)) with
        { FormVersion = form.Version, InstanceName = opened.InstanceName };
    }

    private static async Task<IResult> SendXmlAsync(
        FormCall call, string instanceId, string versionId, ReadSubmissionVersion read) =>
        Results.Bytes(
            (await read.RunAsync(
                call.Actor, call.Project, PlaceOf(call, instanceId, versionId), ConfidentialWish.IfAllowed, call.Aborted)).Xml,
            "application/xml");

    private static async Task<IEnumerable<SubmissionFileV1>> ListFilesAsync(
        FormCall call, string instanceId, string versionId, FindSubmissions find, SubmissionQueries submissions, ListShownFiles list)
    {
        var set = await find.RunAsync(
            call.Actor, Permission.SubmissionRead, call.Project, call.FormId, call.IsDraft, call.Aborted);
        var row = await submissions.GetAsync(set, instanceId, call.Aborted);
        var version = await submissions.GetVersionAsync(set, row, versionId, call.Aborted);
        return (await list.RunAsync(call.Actor, set, row, version.Version, call.Aborted)).Select(file => new SubmissionFileV1(file.Name, file.Blob is not null));
    }

    private static async Task<IResult> SendFileAsync(
        FormCall call, string instanceId, string versionId, string name, ReadSubmissionFile read)
    {
        var file = await read.RunAsync(call.Actor, call.Project, PlaceOf(call, instanceId, versionId), name, call.Aborted);
        return FileAnswer.Of(call.Http, file.Name, file.Content, file.Tag, file.ReceivedAt);
    }

    private static async Task<IReadOnlyDictionary<string, IEnumerable<DiffV1>>> CompareAsync(
        FormCall call, string instanceId, CompareVersions compare)
    {
        var compared = await compare.RunAsync(
            call.Actor, call.Project, new SubmissionPlace(call.FormId, call.IsDraft, instanceId), call.Aborted);
        return compared.ToDictionary(
            version => version.VersionId, version => version.Changes.Select(DiffV1.Of), StringComparer.Ordinal);
    }

    private static SubmissionPlace PlaceOf(FormCall call, string instanceId, string versionId) =>
        new(call.FormId, call.IsDraft, instanceId, versionId);
}
