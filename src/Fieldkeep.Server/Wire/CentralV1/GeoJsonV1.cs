using System.ComponentModel;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Answers.Filters;
using Fieldkeep.Server.Exports.Formats;
using Fieldkeep.Server.Exports.Jobs;
using Fieldkeep.Server.Exports.Maps;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>The places of submissions as GeoJSON, in ODK Central's shapes.</summary>
internal static class GeoJsonV1
{
    private const string MediaType = "application/geo+json";

    /// <summary>Maps what lies below <c>/projects/{projectId}/forms/{formId}</c>, twice: for what counts and for drafts.</summary>
    public static void Map(RouteGroupBuilder v1)
    {
        var form = v1.MapGroup("/projects/{projectId:long}/forms/{formId}").WithTags("Exports").Refuses(404, "form.not_found");
        MapTo(form);
        MapTo(form.MapGroup("/draft").MeansDraft());
    }

    private static void MapTo(RouteGroupBuilder form)
    {
        form.MapGet("/submissions.geojson", ExportAsync)
            .Declare("exportGeoJson", "Export the places of a form's submissions", Permission.SubmissionExport)
            .Reads("fieldpath", typeof(string), "The question, such as `/who/place`. Default: each version's first place outside of repeats.")
            .Reads("$filter", typeof(string), "What must hold, as in OData. Default: all submissions.")
            .Refuses(400, ["query.one_fieldpath", .. FilterProblems.Codes])
            .Refuses(403, "answers.confidential")
            .Refuses(503, "export.busy")
            .SendsFile(MediaType);
        IsOne(form.MapGet("/submissions/{instanceId}.geojson", ReadAsync))
            .Declare("getSubmissionGeoJson", "Tell the places of a submission", Permission.SubmissionRead);
        IsOne(form.MapGet("/submissions/{instanceId}/versions/{versionId}.geojson", ReadVersionAsync))
            .Declare("getSubmissionVersionGeoJson", "Tell the places of one version of a submission", Permission.SubmissionRead)
            .Refuses(404, "submission.no_such_version");
    }

    private static RouteHandlerBuilder IsOne(RouteHandlerBuilder route) => route
        .Reads("fieldpath", typeof(string), "The questions, given more than once for several. Default: the first place outside of repeats.")
        .Refuses(404, "submission.not_found")
        .Refuses(500, "submission.damaged")
        .SendsFile(MediaType);

    private static async Task ExportAsync(
        FormCall call,
        [Description("Submissions to look at, newest first. Default: all.")] long? limit,
        ExportGate gate,
        ExportGeoJson export)
    {
        var paths = PathsOf(call.Http);
        if (paths.Count > 1)
        {
            throw new ProblemException("query.one_fieldpath", 400, "Name one “fieldpath” at most.") { CentralCode = 400.41m };
        }

        var filter = call.Http.Request.Query["$filter"].ToString() is { Length: > 0 } text ? text : null;
        var request = new GeoRequest(call.FormId, call.IsDraft, paths, Math.Max(0, limit ?? long.MaxValue), filter);
        using var place = await gate.EnterAsync(call.Actor, null, call.Aborted);
        call.Http.Response.ContentType = MediaType;
        await using var output = new ImpatientOutput(call.Http.Response.Body, call.Aborted);
        await export.RunAsync(call.Actor, call.Project, request, output, call.Aborted);
    }

    private static Task<IResult> ReadAsync(FormCall call, string instanceId, ReadGeoJson read) =>
        AnswerAsync(call, new SubmissionPlace(call.FormId, call.IsDraft, instanceId), read);

    private static Task<IResult> ReadVersionAsync(FormCall call, string instanceId, string versionId, ReadGeoJson read) =>
        AnswerAsync(call, new SubmissionPlace(call.FormId, call.IsDraft, instanceId, versionId), read);

    private static async Task<IResult> AnswerAsync(FormCall call, SubmissionPlace place, ReadGeoJson read)
    {
        var json = await read.RunAsync(call.Actor, call.Project, place, PathsOf(call.Http), call.Aborted);
        return Results.Bytes(json, MediaType);
    }

    private static IReadOnlyList<string> PathsOf(HttpContext http) =>
        [.. http.Request.Query["fieldpath"].OfType<string>().Where(path => path.Length > 0).Distinct(StringComparer.Ordinal)];
}
