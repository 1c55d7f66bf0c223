using System.Text.Json;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Answers Central's <c>/v1/user-preferences</c>; they are read with <c>/v1/users/current</c>.</summary>
internal static class UserPreferencesV1
{
    private const string Property = "propertyValue";

    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder v1)
    {
        var preferences = v1.MapGroup("/user-preferences").WithTags("Preferences");
        preferences.MapPut("/site/{name}", async (Call call, string name, JsonBody<Dictionary<string, JsonElement>> body, Preferences store) =>
            await SetAsync(call.Actor, null, name, body, store, call.Aborted)).IsSetting();
        preferences.MapDelete("/site/{name}", async (Call call, string name, Preferences store) =>
            await RemoveAsync(call.Actor, null, name, store, call.Aborted)).IsRemoving();

        // One's own preferences of a project need no more than to know that it exists.
        var project = preferences.MapGroup("/project/{projectId:long}").Variant("OfProject");
        project.MapPut("/{name}", async (
            ProjectCall call, string name, JsonBody<Dictionary<string, JsonElement>> body, Preferences store, Policy policy) =>
        {
            await policy.RequireAsync(call.Actor, Permission.ProjectRead, Scope.Of(call.Project.Id), call.Aborted);
            return await SetAsync(call.Actor, call.Project, name, body, store, call.Aborted);
        }).IsSetting(Permission.ProjectRead);
        project.MapDelete("/{name}", async (ProjectCall call, string name, Preferences store, Policy policy) =>
        {
            await policy.RequireAsync(call.Actor, Permission.ProjectRead, Scope.Of(call.Project.Id), call.Aborted);
            return await RemoveAsync(call.Actor, call.Project, name, store, call.Aborted);
        }).IsRemoving(Permission.ProjectRead);
    }

    private static async Task<Done> SetAsync(
        Actor actor,
        ProjectRef? project,
        string name,
        JsonBody<Dictionary<string, JsonElement>> body,
        Preferences store,
        CancellationToken cancellationToken)
    {
        var wanted = await body.ReadAsync();
        if (!wanted.TryGetValue(Property, out var value))
        {
            throw CentralProblems.NoProperty(Property);
        }

        if (wanted.Count > 1)
        {
            throw CentralProblems.OtherProperties(Property);
        }

        await store.SetAsync(actor, project, name, value.GetRawText(), cancellationToken);
        return Done.Well;
    }

    private static async Task<Done> RemoveAsync(
        Actor actor, ProjectRef? project, string name, Preferences store, CancellationToken cancellationToken)
    {
        await store.RemoveAsync(actor, project, name, cancellationToken);
        return Done.Well;
    }

    private static void IsSetting(this RouteHandlerBuilder route, params Permission[] actions) => route
        .Declare("setPreference", "Set one of your own preferences", actions)
        .Refuses(400, "body.no_property", "body.other_properties", "preference.too_large", "preference.name_invalid");

    private static void IsRemoving(this RouteHandlerBuilder route, params Permission[] actions) => route
        .Declare("removePreference", "Remove one of your own preferences", actions)
        .Refuses(404, "preference.not_found");
}
