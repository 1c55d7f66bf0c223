using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
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
        var projects = v1.MapGroup("/projects").WithTags("Projects");
        projects.MapGet("", ListAsync)
            .Declare("listProjects", "List the projects you may see; nobody sees none")
            .CalledBy(CallerKind.Session, CallerKind.Anonymous)
            .Reads("forms", typeof(bool), "True for the forms that you may see, below `formList`.")
            .Reads("datasets", typeof(bool), "True for the entity lists, below `datasetList`; there are none yet.");
        projects.MapPost("", CreateAsync)
            .Declare("createProject", "Create a project", Permission.ProjectCreate)
            .Refuses(400, "body.missing", "project.name_invalid", "project.description_invalid");
        projects.MapGet("/{projectId:long}", GetAsync).Declare("getProject", "Read a project", Permission.ProjectRead);
        projects.MapPatch("/{projectId:long}", UpdateAsync)
            .Declare("updateProject", "Rename, describe or archive a project", Permission.ProjectUpdate)
            .Refuses(400, "project.name_invalid", "project.description_invalid");
        projects.MapPut("/{projectId:long}", ReplaceAsync)
            .Declare("replaceProject", "Set a project's details, and its forms' states and assignments, in one step", Permission.ProjectUpdate)
            .Refuses(400, "body.missing", "body.unexpected_value", "body.no_such_key", "form.bad_state", "role.unfit", "project.name_invalid", "project.description_invalid")
            .Refuses(403, "session.confirmation_needed")
            .Refuses(501, "project.other_forms")
            .ReadsHeader(RequestNotes.Header, "Why, percent-encoded; kept in the audit book.");
        projects.MapDelete("/{projectId:long}", DeleteAsync)
            .Declare("deleteProject", "Move a project to the trash", Permission.ProjectDelete)
            .Refuses(403, "session.confirmation_needed");
    }

    private static async Task<IEnumerable<ProjectV1>> ListAsync(
        HttpContext http, CentralQuery query, CentralPage page, ActorResolver actors, ProjectQueries projects, ProjectList list)
    {
        var actor = await actors.ResolveAsync(http);
        var listed = page.Of(await projects.ListAsync(actor, http.RequestAborted));
        var (forms, datasets) = (CentralQuery.Flag(http, "forms"), CentralQuery.Flag(http, "datasets"));
        return await list.ShowAsync(actor, listed, new ProjectDetail(query.IsExtended, forms, datasets), http.RequestAborted);
    }

    private static async Task<ProjectV1> CreateAsync(Call call, JsonBody<NewProjectV1> body, CreateProject create)
    {
        var wanted = await body.ReadAsync();
        return string.IsNullOrWhiteSpace(wanted.Name)
            ? throw CentralQuery.Missing("name")
            : ProjectV1.Of(await create.RunAsync(call.Actor, null, wanted.Name, wanted.Description, call.Aborted));
    }

    private static async Task<ProjectV1> GetAsync(
        Call call, long projectId, CentralQuery query, ProjectQueries projects, ProjectCounts counts, Policy policy, FormKeys keys)
    {
        var project = await projects.GetAsync(call.Actor, new ProjectId(projectId), call.Aborted);
        if (!query.IsExtended)
        {
            return await ProjectV1.Of(project).WithKeyAsync(keys, call.Aborted);
        }

        var counted = await counts.OfAsync(call.Actor, [projectId], call.Aborted);
        var shown = ProjectV1.Of(project, counted(projectId)) with
        {
            Verbs = await CentralVerbs.OfAsync(call.Actor, Scope.Of(project.Id), policy, call.Aborted),
        };
        return await shown.WithKeyAsync(keys, call.Aborted);
    }

    private static async Task<ProjectV1> UpdateAsync(
        Call call, long projectId, JsonBody<ProjectPatchV1> body, UpdateProject update, FormKeys keys)
    {
        var wanted = await body.ReadAsync();
        var change = new ProjectChange(wanted.Name, wanted.Description, wanted.Archived);
        var updated = ProjectV1.Of(await update.RunAsync(call.Actor, new ProjectId(projectId), change, call.Aborted));
        return await updated.WithKeyAsync(keys, call.Aborted);
    }

    private static async Task<ProjectV1> ReplaceAsync(
        ProjectCall call, JsonBody<ProjectPutV1> body, ReplaceProject replace, FormKeys keys) =>
        await ProjectV1.Of(await replace.RunAsync(call.Actor, call.Project, body.ReadAsync, call.Aborted)).WithKeyAsync(keys, call.Aborted);

    private static async Task<Done> DeleteAsync(Call call, long projectId, DeleteProject delete)
    {
        await delete.RunAsync(call.Actor, new ProjectId(projectId), call.Aborted);
        return Done.Well;
    }
}
