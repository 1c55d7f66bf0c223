using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Answers.Filters;
using Fieldkeep.Server.Exports;
using Fieldkeep.Server.Exports.Anonymity;
using Fieldkeep.Server.Exports.Formats;
using Fieldkeep.Server.Exports.Jobs;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Exports for the web interface: started, watched, fetched, cancelled.</summary>
internal static class ExportsApi
{
    /// <summary>What a form may not have of what an export wants.</summary>
    public static readonly string[] Refused =
    [
        "export.unknown_format",
        "export.unknown_column",
        "export.unknown_language",
        "export.no_geometry",
        "export.too_many_columns",
        "export.bad_media_names",
        "export.unknown_review_state",
        "export.bad_range",
    ];

    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var form = api.MapGroup("/projects/{projectId:long}/forms/{formId}")
            .WithTags("Exports")
            .Refuses(400, FilterProblems.Codes)
            .Refuses(403, "answers.confidential", "submission.confidential")
            .Refuses(404, "form.not_found", "form.not_published", "form.no_draft")
            .Refuses(422, Refused);
        form.MapPost("/exports", StartAsync)
            .Declare("startExport", "Start an export of a form's submissions", Permission.SubmissionExport)
            .Refuses(400, "key.wrong_passphrase")
            .Refuses(429, "export.too_many", "query.too_many", "session.too_many_attempts")
            .Refuses(507, "export.spool_full", "export.disk_full");
        form.MapPost("/exports/preview", PreviewAsync)
            .Declare("previewExport", "Tell what an export would hold, without making it", Permission.SubmissionExport)
            .Refuses(429, "query.too_many");
        form.MapPost("/exports/anonymity", EstimateAsync)
            .Declare("estimateAnonymity", "Estimate how easily people can be found in an export by answers that are no names", Permission.SubmissionExport)
            .Refuses(429, "query.too_many");
        form.MapGet("/exports", ListAsync)
            .Declare("listExports", "List your exports of a form that wait, are made or are kept, newest first", Permission.SubmissionExport);
        form.MapGet("/export-contents", DescribeAsync)
            .MayMeanDraft()
            .Declare("getExportContents", "Read which tables, questions and languages exports of a form can hold", Permission.SubmissionExport);
        form.MapGet("/export", SendAsync)
            .Declare("streamExport", "Download an export of a form's submissions while it is made", Permission.SubmissionExport)
            .Refuses(400, "query.not_a_flag", "query.bad_value")
            .Refuses(503, "export.busy")
            .ReadsExportOptions()
            .SendsFile([.. ExportFormats.All.Select(format => format.MediaType).Distinct()]);
        var exports = api.MapGroup("/exports/{id}").WithTags("Exports").Refuses(404, "export.not_found");
        exports.MapGet("", Get).Declare("getExport", "Read how far an export of yours is");
        exports.MapDelete("", CancelAsync).Declare("cancelExport", "Stop an export of yours and delete its file");
        exports.MapGet("/file", FetchAsync)
            .Declare("fetchExport", "Download an export of yours", Permission.SubmissionExport)
            .Refuses(403, "submission.confidential")
            .Refuses(404, "form.not_found")
            .Refuses(409, "export.not_ready")
            .Refuses(410, "export.out_of_reach")
            .SendsFile([.. ExportFormats.All.Select(format => format.MediaType).Distinct()]);
    }

    private static async Task<Accepted<ExportItem>> StartAsync(
        FormCall call, JsonBody<NewExport> body, AccountQueries accounts, StartExport start)
    {
        var wanted = await body.ReadAsync();
        var job = await start.RunAsync(
            call.Actor, wanted.ToWanted(call.Project, call.FormId), accounts.NamesAsync, call.Aborted);
        return TypedResults.Accepted((string?)null, ExportItem.Of(job));
    }

    private static async Task<ExportPreview> PreviewAsync(
        FormCall call, JsonBody<NewExport> body, AccountQueries accounts, PreviewExport preview)
    {
        var wanted = await body.ReadAsync();
        return await preview.RunAsync(
            call.Actor, wanted.ToWanted(call.Project, call.FormId), accounts.NamesAsync, call.Aborted);
    }

    private static async Task<AnonymityItem> EstimateAsync(
        FormCall call, JsonBody<NewExport> body, AccountQueries accounts, EstimateAnonymity estimate)
    {
        var wanted = await body.ReadAsync();
        return AnonymityItem.Of(await estimate.RunAsync(
            call.Actor, wanted.ToWanted(call.Project, call.FormId), accounts.NamesAsync, call.Aborted));
    }

    private static async Task<ItemList<ExportItem>> ListAsync(FormCall call, ListOwnExports list) =>
        ItemList.Of(await list.RunAsync(call.Actor, call.Project, call.FormId, call.Aborted), ExportItem.Of);

    private static Task<ExportContents> DescribeAsync(FormCall call, DescribeExports describe) =>
        describe.RunAsync(call.Actor, call.Project, call.FormId, call.IsDraft, call.Aborted);

    private static async Task SendAsync(
        FormCall call, BeginExport begin, ExportGate gate, WriteExport write, AccountQueries accounts)
    {
        var wanted = ExportQuery.Read(call.Http).ToWanted(call.Project, call.FormId);
        var export = await begin.RunAsync(call.Actor, wanted, accounts.NamesAsync, call.Aborted);
        await WriteAsync(call.Http, call.Actor, null, export, gate, write);
    }

    /// <summary>Sends an export while it is made, as soon as there is room for it.</summary>
    /// <param name="link">The link it is fetched by; null when the actor asks.</param>
    public static async Task WriteAsync(
        HttpContext http, Actor actor, long? link, PreparedExport export, ExportGate gate, WriteExport write)
    {
        using var place = await gate.EnterAsync(actor, link, http.RequestAborted);
        http.Response.ContentType = ExportFormats.Of(export.Request.Options.Format).MediaType;
        FileAnswer.NameIt(http, export.Request.FileName);
        await using var output = new ImpatientOutput(http.Response.Body, http.RequestAborted);
        await write.RunAsync(actor, export, new ExportProgress(), output, http.RequestAborted);
    }

    private static ExportItem Get(Call call, string id, ExportJobs jobs) => ExportItem.Of(jobs.Get(call.Actor, id));

    private static async Task<NoContent> CancelAsync(Call call, string id, ExportJobs jobs)
    {
        await jobs.RemoveAsync(jobs.Get(call.Actor, id));
        return TypedResults.NoContent();
    }

    private static async Task<IResult> FetchAsync(Call call, string id, FetchExport fetch)
    {
        var job = await fetch.RunAsync(call.Actor, id, call.Aborted);
        call.Http.Response.OnCompleted(() =>
        {
            var (from, to) = SentOf(call.Http, job.File.Length);
            return fetch.EndAsync(job, from, to);
        });
        var content = await job.File.OpenReadAsync(call.Aborted);
        return FileAnswer.Of(call.Http, job.Request.FileName, content, job.Id, job.StartedAt);
    }

    // What was sent whole: all, the part that was asked for, or nothing when the client left.
    private static (long From, long To) SentOf(HttpContext http, long length) =>
        http.RequestAborted.IsCancellationRequested ? (0, 0)
        : http.Response.StatusCode == StatusCodes.Status200OK ? (0, length)
        : http.Response.GetTypedHeaders().ContentRange is { From: { } from, To: { } to } ? (from, to + 1)
        : (0, 0);
}

/// <summary>An export and how far it is.</summary>
/// <param name="Rows">Submissions written so far.</param>
/// <param name="TotalRows">Submissions there were at its beginning.</param>
/// <param name="DamagedRows">Submissions whose stored answers could not be opened.</param>
/// <param name="Bytes">Length of the file so far.</param>
/// <param name="Problem">Code of what made it fail, when it can be helped, such as <c>export.spool_full</c>; else null.</param>
internal sealed record ExportItem(
    string Id, ExportState State, long Rows, long TotalRows, long DamagedRows, long Bytes, DateTimeOffset StartedAt, string? Problem)
{
    /// <summary>Its format, such as <c>csv.zip</c>.</summary>
    public required string Format { get; init; }

    /// <summary>How its file is called.</summary>
    public required string FileName { get; init; }

    /// <summary>When it is deleted at the latest; a restart of the server deletes it too, and one download of a file that passphrases opened.</summary>
    public required DateTimeOffset KeptUntil { get; init; }

    /// <summary>Whether it holds the tests of the draft.</summary>
    public required bool Draft { get; init; }

    /// <summary>Shows an export.</summary>
    public static ExportItem Of(ExportJob job) => new(
        job.Id, job.State, job.Progress.Rows, job.TotalRows, job.Progress.DamagedRows, job.File.Length, job.StartedAt, job.Problem?.Code)
    {
        Format = ExportFormats.Of(job.Request.Options.Format).Name,
        FileName = job.Request.FileName,
        KeptUntil = job.KeptUntil,
        Draft = job.Request.Set.IsDraft,
    };
}
