using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Exports;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Exports for the web interface: started, watched, fetched, cancelled.</summary>
internal static class ExportsApi
{
    private const string CsvZip = "csv.zip";

    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        api.MapPost("/projects/{projectId:long}/forms/{formId}/exports", StartAsync);
        api.MapGet("/exports/{id}", GetAsync);
        api.MapDelete("/exports/{id}", CancelAsync);
        api.MapGet("/exports/{id}/file", FetchAsync);
    }

    private static async Task<IResult> StartAsync(
        HttpContext context,
        long projectId,
        string formId,
        ActorResolver resolver,
        ProjectRefs projects,
        AccountQueries accounts,
        StartExport start)
    {
        var actor = await resolver.RequireAsync(context);
        var project = await projects.GetRefAsync(new ProjectId(projectId), context.RequestAborted);
        var body = await WireJson.ReadAsync<ExportBody>(context, context.RequestAborted);
        if (body.Format is not (null or CsvZip))
        {
            throw ExportProblems.UnknownFormat(body.Format);
        }

        var options = new ExportOptions(
            body.GroupPaths ?? true, body.SplitSelects ?? false, body.Media ?? true, body.DeletedFields ?? true);
        var job = await start.RunAsync(
            actor, project, formId, body.Draft ?? false, options, accounts.NamesAsync, context.RequestAborted);
        return WireJson.Answer(ItemOf(job), StatusCodes.Status202Accepted);
    }

    private static async Task<IResult> GetAsync(HttpContext context, string id, ActorResolver resolver, ExportJobs jobs) =>
        WireJson.Answer(ItemOf(jobs.Get(await resolver.RequireAsync(context), id)));

    private static async Task<IResult> CancelAsync(HttpContext context, string id, ActorResolver resolver, ExportJobs jobs)
    {
        await jobs.RemoveAsync(jobs.Get(await resolver.RequireAsync(context), id));
        return Results.NoContent();
    }

    private static async Task<IResult> FetchAsync(
        HttpContext context, string id, ActorResolver resolver, FetchExport fetch)
    {
        var actor = await resolver.RequireAsync(context);
        var job = await fetch.RunAsync(actor, id, context.RequestAborted);
        context.Response.OnCompleted(() =>
        {
            job.EndReading();
            return Task.CompletedTask;
        });
        var content = await job.File.OpenReadAsync(context.RequestAborted);
        return FileAnswer.Of(context, $"{job.Request.Set.XmlFormId}.zip", content, job.Id, job.StartedAt);
    }

    private static object ItemOf(ExportJob job) => new
    {
        id = job.Id,
        state = job.State,
        rows = job.Progress.Rows,
        totalRows = job.TotalRows,
        damagedRows = job.Progress.DamagedRows,
        bytes = job.File.Length,
        startedAt = job.StartedAt,
    };

    private sealed record ExportBody(
        string? Format, bool? GroupPaths, bool? SplitSelects, bool? Media, bool? DeletedFields, bool? Draft);
}
