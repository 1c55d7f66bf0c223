using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/projects</c>.</summary>
internal static class ProjectsApi
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/projects", ListAsync);
        api.MapPost("/projects", CreateAsync);
        api.MapGet("/projects/{project:long}", GetAsync);
        api.MapPatch("/projects/{project:long}", UpdateAsync);
        api.MapDelete("/projects/{project:long}", DeleteAsync);
    }

    private static async Task<IResult> ListAsync(
        HttpContext http, ActorResolver actors, ProjectQueries projects, ProjectCounts counts, CancellationToken cancellationToken)
    {
        var actor = await actors.RequireAsync(http);
        var listed = await projects.ListAsync(actor, cancellationToken);
        var counted = await counts.OfAsync([.. listed.Select(project => project.Id.Value)], cancellationToken);
        return WireJson.Answer(new { items = listed.Select(project => View(project, counted(project.Id.Value))) });
    }

    private static async Task<IResult> CreateAsync(
        HttpContext http, ActorResolver actors, CreateProject create, CancellationToken cancellationToken)
    {
        var actor = await actors.RequireAsync(http);
        var body = await WireJson.ReadAsync<ProjectBody>(http, cancellationToken);
        var project = await create.RunAsync(actor, body.Name ?? "", body.Description, cancellationToken);
        return WireJson.Answer(View(project, ProjectCount.None), StatusCodes.Status201Created);
    }

    private static async Task<IResult> GetAsync(
        HttpContext http,
        long project,
        ActorResolver actors,
        ProjectQueries projects,
        ProjectCounts counts,
        CancellationToken cancellationToken)
    {
        var actor = await actors.RequireAsync(http);
        var found = await projects.GetAsync(actor, new ProjectId(project), cancellationToken);
        var counted = await counts.OfAsync([project], cancellationToken);
        return WireJson.Answer(View(found, counted(project)));
    }

    private static async Task<IResult> UpdateAsync(
        HttpContext http,
        long project,
        ActorResolver actors,
        UpdateProject update,
        ProjectCounts counts,
        CancellationToken cancellationToken)
    {
        var actor = await actors.RequireAsync(http);
        var body = await WireJson.ReadAsync<ProjectBody>(http, cancellationToken);
        var change = new ProjectChange(body.Name, body.Description, body.Archived);
        var updated = await update.RunAsync(actor, new ProjectId(project), change, cancellationToken);
        var counted = await counts.OfAsync([project], cancellationToken);
        return WireJson.Answer(View(updated, counted(project)));
    }

    private static async Task<IResult> DeleteAsync(
        HttpContext http, long project, ActorResolver actors, DeleteProject delete, CancellationToken cancellationToken)
    {
        var actor = await actors.RequireAsync(http);
        await delete.RunAsync(actor, new ProjectId(project), cancellationToken);
        return Results.NoContent();
    }

    private static object View(Project project, ProjectCount count) => new
    {
        id = project.Id.Value,
        name = project.Name,
        description = project.Description,
        forms = count.Forms,
        appUsers = count.AppUsers,
        submissions = count.Submissions,
        lastSubmission = count.LastSubmission,
        archived = project.Archived,
    };

    private sealed record ProjectBody(string? Name, string? Description, bool? Archived);
}
