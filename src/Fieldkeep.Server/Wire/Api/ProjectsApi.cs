using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/projects</c>.</summary>
internal static class ProjectsApi
{
    private static readonly Permission[] Told =
    [
        Permission.ProjectUpdate, Permission.ProjectDelete, Permission.ProjectAssign, Permission.FormWrite,
        Permission.AppUserList, Permission.AppUserCreate, Permission.AppUserRevoke, Permission.AuditRead, Permission.DeploymentUpdate,
        Permission.SubmissionErase, Permission.ProjectHold, Permission.ProjectErase, Permission.KeyRotate,
    ];

    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var projects = api.MapGroup("/projects").WithTags("Projects");
        projects.MapGet("", ListAsync).Declare("listProjects", "List the projects you may see, or in which you see forms");
        projects.MapPost("", CreateAsync)
            .Declare("createProject", "Create a project", Permission.ProjectCreate)
            .Refuses(422, "project.name_invalid", "project.description_invalid");
        projects.MapGet("/{projectId:long}", GetAsync)
            .Declare("getProject", "Read a project; of one in which you see forms only, its name", Permission.FormList);
        projects.MapPatch("/{projectId:long}", UpdateAsync)
            .Declare("updateProject", "Rename, describe or archive a project", Permission.ProjectUpdate)
            .Refuses(422, "project.name_invalid", "project.description_invalid");
        projects.MapDelete("/{projectId:long}", DeleteAsync)
            .Declare("deleteProject", "Move a project to the trash", Permission.ProjectDelete)
            .Refuses(403, "session.confirmation_needed");
    }

    private static async Task<ItemList<ProjectItem>> ListAsync(Call call, ProjectQueries projects, ProjectCounts counts)
    {
        var listed = await projects.ListReachedAsync(call.Actor, call.Aborted);
        var counted = await counts.OfAsync(call.Actor, [.. listed.Select(reached => reached.Project.Id.Value)], call.Aborted);
        return ItemList.Of(listed, reached => ProjectItem.Of(reached, counted(reached.Project.Id.Value)));
    }

    private static async Task<Created<ProjectItem>> CreateAsync(Call call, JsonBody<NewProject> body, CreateProject create)
    {
        var wanted = await body.ReadAsync();
        var project = await create.RunAsync(
            call.Actor, wanted.Unit is { } unit ? new UnitId(unit) : null, wanted.Name ?? "", wanted.Description, call.Aborted);
        return TypedResults.Created((string?)null, ProjectItem.Of(project, ProjectCount.None));
    }

    private static async Task<ProjectDetail> GetAsync(
        Call call, long projectId, ProjectQueries projects, ProjectCounts counts, Policy policy, Suspensions suspensions)
    {
        var found = await projects.GetReachedAsync(call.Actor, new ProjectId(projectId), call.Aborted);
        var counted = await counts.OfAsync(call.Actor, [projectId], call.Aborted);
        return new ProjectDetail(
            ProjectItem.Of(found, counted(projectId)),
            await Allowances.OfAsync(
                Told, permission => policy.HasAsync(call.Actor, permission, Scope.Of(new ProjectId(projectId)), call.Aborted)),
            SuspensionItem.Of(await suspensions.FindAsync(Scope.Of(new ProjectId(projectId)), call.Aborted)));
    }

    private static async Task<ProjectItem> UpdateAsync(
        Call call, long projectId, JsonBody<ProjectPatch> body, UpdateProject update, ProjectCounts counts)
    {
        var wanted = await body.ReadAsync();
        var change = new ProjectChange(wanted.Name, wanted.Description, wanted.Archived);
        var updated = await update.RunAsync(call.Actor, new ProjectId(projectId), change, call.Aborted);
        var counted = await counts.OfAsync(call.Actor, [projectId], call.Aborted);
        return ProjectItem.Of(updated, counted(projectId));
    }

    private static async Task<NoContent> DeleteAsync(Call call, long projectId, DeleteProject delete)
    {
        await delete.RunAsync(call.Actor, new ProjectId(projectId), call.Aborted);
        return TypedResults.NoContent();
    }
}
