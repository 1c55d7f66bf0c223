using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Answers Central's <c>/v1/projects</c>.</summary>
internal static class ProjectsV1
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapGet("/projects", ListAsync);
        v1.MapPost("/projects", CreateAsync);
        v1.MapGet("/projects/{projectId:long}", GetAsync);
        v1.MapPatch("/projects/{projectId:long}", UpdateAsync);
        v1.MapDelete("/projects/{projectId:long}", DeleteAsync);
    }

    private static async Task<IResult> ListAsync(
        HttpContext http, ActorResolver actors, ProjectQueries projects, ProjectCounts counts, CancellationToken cancellationToken)
    {
        // Central gives an empty list to someone who has not signed in.
        var actor = await actors.ResolveAsync(http);
        var listed = CentralQuery.Page(http, await projects.ListAsync(actor, cancellationToken)).ToList();
        if (!CentralQuery.IsExtended(http))
        {
            return WireJson.Answer(listed.Select(Plain));
        }

        var counted = await counts.OfAsync([.. listed.Select(project => project.Id.Value)], cancellationToken);
        return WireJson.Answer(listed.Select(project => Extended(project, counted(project.Id.Value))));
    }

    private static async Task<IResult> CreateAsync(
        HttpContext http, ActorResolver actors, CreateProject create, CancellationToken cancellationToken)
    {
        var actor = await actors.RequireAsync(http);
        var body = await WireJson.ReadAsync<ProjectBody>(http, cancellationToken);
        if (string.IsNullOrWhiteSpace(body.Name))
        {
            throw new ProblemException("body.missing", 400, "Required parameter name missing.") { CentralCode = 400.2m };
        }

        return WireJson.Answer(Plain(await create.RunAsync(actor, body.Name, body.Description, cancellationToken)));
    }

    private static async Task<IResult> GetAsync(
        HttpContext http,
        long projectId,
        ActorResolver actors,
        ProjectQueries projects,
        ProjectCounts counts,
        Grants grants,
        CancellationToken cancellationToken)
    {
        var actor = await actors.RequireAsync(http);
        var project = await projects.GetAsync(actor, new ProjectId(projectId), cancellationToken);
        if (!CentralQuery.IsExtended(http))
        {
            return WireJson.Answer(Plain(project));
        }

        var view = Extended(project, (await counts.OfAsync([projectId], cancellationToken))(projectId));
        view["verbs"] = await CentralVerbs.OfAsync(actor, Scope.Of(project.Id), grants, cancellationToken);
        return WireJson.Answer(view);
    }

    private static async Task<IResult> UpdateAsync(
        HttpContext http, long projectId, ActorResolver actors, UpdateProject update, CancellationToken cancellationToken)
    {
        var actor = await actors.RequireAsync(http);
        var body = await WireJson.ReadAsync<ProjectBody>(http, cancellationToken);
        var change = new ProjectChange(body.Name, body.Description, body.Archived);
        return WireJson.Answer(Plain(await update.RunAsync(actor, new ProjectId(projectId), change, cancellationToken)));
    }

    private static async Task<IResult> DeleteAsync(
        HttpContext http, long projectId, ActorResolver actors, DeleteProject delete, CancellationToken cancellationToken)
    {
        var actor = await actors.RequireAsync(http);
        await delete.RunAsync(actor, new ProjectId(projectId), cancellationToken);
        return WireJson.Answer(CentralQuery.Success);
    }

    private static Dictionary<string, object?> Plain(Project project) => new(StringComparer.Ordinal)
    {
        ["id"] = project.Id.Value,
        ["name"] = project.Name,
        ["description"] = project.Description,
        ["keyId"] = null,
        ["archived"] = project.Archived ? true : null,
        ["createdAt"] = project.CreatedAt,
        ["updatedAt"] = project.UpdatedAt,
        ["deletedAt"] = null,
    };

    private static Dictionary<string, object?> Extended(Project project, ProjectCount count)
    {
        var view = Plain(project);
        view["forms"] = count.Forms;
        view["appUsers"] = count.AppUsers;
        view["lastSubmission"] = count.LastSubmission;
        view["datasets"] = 0;
        view["lastEntity"] = null;
        return view;
    }

    private sealed record ProjectBody(string? Name, string? Description, bool? Archived);
}
