using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Answers.Filters;
using Fieldkeep.Server.Exports;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Exports for the web interface: started, watched, fetched, cancelled.</summary>
internal static class ExportsApi
{
    private const string CsvZip = "csv.zip";

    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        api.MapPost("/projects/{projectId:long}/forms/{formId}/exports", StartAsync)
            .WithTags("Exports")
            .Declare("startExport", "Start an export of a form's submissions", Permission.SubmissionExport)
            .Refuses(422, "export.unknown_format")
            .Refuses(400, FilterProblems.Codes)
            .Refuses(404, "form.not_found", "form.not_published", "form.no_draft")
            .Refuses(429, "export.too_many");
        var exports = api.MapGroup("/exports/{id}").WithTags("Exports").Refuses(404, "export.not_found");
        exports.MapGet("", Get).Declare("getExport", "Read how far an export of yours is");
        exports.MapDelete("", CancelAsync).Declare("cancelExport", "Stop an export of yours and delete its file");
        exports.MapGet("/file", FetchAsync)
            .Declare("fetchExport", "Download an export of yours", Permission.SubmissionExport)
            .Refuses(404, "form.not_found")
            .Refuses(409, "export.not_ready")
            .SendsFile("application/zip");
    }

    private static async Task<Accepted<ExportItem>> StartAsync(
        FormCall call, JsonBody<NewExport> body, AccountQueries accounts, StartExport start)
    {
        var wanted = await body.ReadAsync();
        if (wanted.Format is not (null or CsvZip))
        {
            throw ExportProblems.UnknownFormat(wanted.Format);
        }

        var options = new ExportOptions(
            wanted.GroupPaths ?? true, wanted.SplitSelects ?? false, wanted.Media ?? true, wanted.DeletedFields ?? true);
        var job = await start.RunAsync(
            call.Actor, call.Project, call.FormId, wanted.Draft ?? false, options, wanted.Filter, accounts.NamesAsync, call.Aborted);
        return TypedResults.Accepted((string?)null, ExportItem.Of(job));
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
            job.EndReading();
            return Task.CompletedTask;
        });
        var content = await job.File.OpenReadAsync(call.Aborted);
        return FileAnswer.Of(call.Http, $"{job.Request.Set.XmlFormId}.zip", content, job.Id, job.StartedAt);
    }
}

/// <summary>An export to be made.</summary>
/// <param name="Format">Only <c>csv.zip</c>, which is also the default.</param>
/// <param name="GroupPaths">Whether column names begin with their groups. Default: true.</param>
/// <param name="SplitSelects">Whether each choice of a select_multiple gets a column. Default: false.</param>
/// <param name="Media">Whether attachments are in it. Default: true.</param>
/// <param name="DeletedFields">Whether questions that only earlier versions have are in it. Default: true.</param>
/// <param name="Draft">Whether the tests of the draft are meant. Default: false.</param>
/// <param name="Filter">What must hold, written as OData's <c>$filter</c>. Default: all.</param>
internal sealed record NewExport(
    string? Format, bool? GroupPaths, bool? SplitSelects, bool? Media, bool? DeletedFields, bool? Draft, string? Filter);

/// <summary>An export and how far it is.</summary>
/// <param name="Rows">Submissions written so far.</param>
/// <param name="TotalRows">Submissions there were at its beginning.</param>
/// <param name="DamagedRows">Submissions whose stored answers could not be opened.</param>
/// <param name="Bytes">Length of the file so far.</param>
internal sealed record ExportItem(
    string Id, ExportState State, long Rows, long TotalRows, long DamagedRows, long Bytes, DateTimeOffset StartedAt)
{
    /// <summary>Shows an export.</summary>
    public static ExportItem Of(ExportJob job) => new(
        job.Id, job.State, job.Progress.Rows, job.TotalRows, job.Progress.DamagedRows, job.File.Length, job.StartedAt);
}
