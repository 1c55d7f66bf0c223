using Fieldkeep.Server.Access;
using Fieldkeep.Server.Deployments;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Stages;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>The deployments of a form: their stages, options and people.</summary>
internal static class DeploymentsApi
{
    /// <summary>Maps <c>/projects/{projectId}/forms/{formId}/deployments</c>.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var all = api.MapGroup("/projects/{projectId:long}/forms/{formId}/deployments")
            .WithTags("Deployments")
            .Refuses(404, "form.not_found");
        all.MapGet("", ListAsync)
            .Declare("listDeployments", "List the deployments of a form that one belongs to", Permission.DeploymentRead);
        all.MapPost("", CreateAsync)
            .Declare("createDeployment", "Create a deployment of a form", Permission.DeploymentUpdate)
            .Refuses(422, "deployment.name_invalid", "deployment.stages_invalid")
            .Refuses(409, "deployment.exists");
        var one = all.MapGroup("/{deploymentId:long}").Refuses(404, "deployment.not_found");
        one.MapGet("", GetAsync).Declare("getDeployment", "Read a deployment, and how far its submissions are", Permission.DeploymentRead);
        one.MapPatch("", ChangeAsync)
            .Declare("changeDeployment", "Rename a deployment or change its options", Permission.DeploymentUpdate)
            .Refuses(422, "deployment.name_invalid")
            .Refuses(409, "deployment.exists");
        one.MapDelete("", DeleteAsync)
            .Declare("deleteDeployment", "Delete a deployment; its submissions stay for who manages the form", Permission.DeploymentUpdate);
        one.MapPost("/close", (FormCall call, long deploymentId, ChangeDeployment change, FindDeployments find, DeploymentProgress progress) =>
                SetActiveAsync(call, deploymentId, false, change, find, progress))
            .Declare("closeDeployment", "Close a deployment: its enumerators send and see nothing", Permission.DeploymentUpdate);
        one.MapPost("/reopen", (FormCall call, long deploymentId, ChangeDeployment change, FindDeployments find, DeploymentProgress progress) =>
                SetActiveAsync(call, deploymentId, true, change, find, progress))
            .Declare("reopenDeployment", "Open a closed deployment again", Permission.DeploymentUpdate);
        one.MapPut("/stages", ReplaceStagesAsync)
            .Declare("replaceStages", "Change the list of stages of a deployment", Permission.DeploymentUpdate)
            .Refuses(422, "deployment.name_invalid", "deployment.stages_invalid")
            .Refuses(409, "deployment.confirm_final");
        DeployedPeopleApi.Map(one);
    }

    private static async Task<ItemList<DeploymentItem>> ListAsync(FormCall call, FindDeployments find, DeploymentProgress progress)
    {
        var seen = await find.ListAsync(call.Actor, call.Project, call.FormId, call.Aborted);
        var counts = seen.Count == 0 ? [] : await CountsAsync(call, seen[0].Deployment, progress);
        return ItemList.Of(seen, one => DeploymentItem.Of(one, counts));
    }

    private static async Task<DeploymentItem> GetAsync(
        FormCall call, long deploymentId, FindDeployments find, DeploymentProgress progress)
    {
        var seen = await find.GetAsync(call.Actor, call.Project, call.FormId, new DeploymentId(deploymentId), call.Aborted);
        return DeploymentItem.Of(seen, await CountsAsync(call, seen.Deployment, progress));
    }

    private static async Task<Created<DeploymentItem>> CreateAsync(
        FormCall call, JsonBody<NewDeployment> body, CreateDeployment create, FindDeployments find, DeploymentProgress progress)
    {
        var wanted = await body.ReadAsync();
        var options = (wanted.Options ?? new WantedOptions(null, null, null, null)).Over(null);
        var made = await create.RunAsync(
            call.Actor, call.Project, call.FormId, wanted.Name, options, StageBody.Read(wanted.Stages), call.Aborted);
        return TypedResults.Created((string?)null, await GetAsync(call, made.Id.Value, find, progress));
    }

    private static async Task<DeploymentItem> ChangeAsync(
        FormCall call, long deploymentId, JsonBody<DeploymentPatch> body, ChangeDeployment change, FindDeployments find, DeploymentProgress progress)
    {
        var id = new DeploymentId(deploymentId);
        var before = await change.GetChangeableAsync(call.Actor, call.Project, call.FormId, id, call.Aborted);
        var wanted = await body.ReadAsync();
        await change.RunAsync(
            call.Actor,
            call.Project,
            call.FormId,
            id,
            new DeploymentChange(wanted.Name, null, wanted.Options?.Over(before.Options)),
            call.Aborted);
        return await GetAsync(call, deploymentId, find, progress);
    }

    private static async Task<DeploymentItem> SetActiveAsync(
        FormCall call, long deploymentId, bool isActive, ChangeDeployment change, FindDeployments find, DeploymentProgress progress)
    {
        await change.RunAsync(
            call.Actor, call.Project, call.FormId, new DeploymentId(deploymentId), new DeploymentChange(null, isActive, null), call.Aborted);
        return await GetAsync(call, deploymentId, find, progress);
    }

    private static async Task<NoContent> DeleteAsync(FormCall call, long deploymentId, ChangeDeployment change)
    {
        await change.DeleteAsync(call.Actor, call.Project, call.FormId, new DeploymentId(deploymentId), call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<DeploymentItem> ReplaceStagesAsync(
        FormCall call, long deploymentId, JsonBody<StagesBody> body, ReplaceStages replace, FindDeployments find, DeploymentProgress progress)
    {
        var wanted = await body.ReadAsync();
        await replace.RunAsync(
            call.Actor,
            call.Project,
            call.FormId,
            new DeploymentId(deploymentId),
            StageBody.Read(wanted.Stages),
            wanted.ConfirmFinal,
            call.Aborted);
        return await GetAsync(call, deploymentId, find, progress);
    }

    private static Task<IReadOnlyList<StandingCount>> CountsAsync(FormCall call, Deployment deployment, DeploymentProgress progress) =>
        progress.RunAsync(call.Actor, call.Project, call.FormId, deployment.Form, call.Aborted);
}
