using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/projects/{p}/app-users</c>. A token is in the answer that creates it and in no other.</summary>
internal static class AppUsersApi
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var appUsers = api.MapGroup("/projects/{projectId:long}/app-users").WithTags("App users");
        appUsers.MapGet("", ListAsync).Declare("listAppUsers", "List a project's app users", Permission.AppUserList);
        appUsers.MapPost("", CreateAsync)
            .Declare("createAppUser", "Create an app user and show its token once", Permission.AppUserCreate)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(422, "account.name_invalid");
        appUsers.MapDelete("/{id:long}", RevokeAsync)
            .Declare("revokeAppUser", "Revoke an app user", Permission.AppUserRevoke)
            .Refuses(404, "app_user.not_found");
    }

    private static async Task<ItemList<AppUserItem>> ListAsync(ProjectCall call, AppUserQueries appUsers) =>
        ItemList.Of(await appUsers.ListAsync(call.Actor, call.Project.Id, call.Aborted), AppUserItem.Of);

    private static async Task<Created<CreatedAppUser>> CreateAsync(
        ProjectCall call, JsonBody<NewAppUserBody> body, ProjectQueries projects, CreateAppUser create, PublicAddress address)
    {
        var project = await projects.FindAsync(call.Project.Id, call.Aborted) ?? throw AccessProblems.Unseen();
        var wanted = await body.ReadAsync();
        var (appUser, token) = await create.RunAsync(call.Actor, project.Ref, wanted.DisplayName ?? "", call.Aborted);
        var qr = SettingsQr.Of($"{address.Of(call.Http)}/v1/key/{token}/projects/{project.Id}", project.Name);
        return TypedResults.Created((string?)null, new CreatedAppUser(appUser.Id.Value, appUser.DisplayName, token, qr));
    }

    private static async Task<NoContent> RevokeAsync(ProjectCall call, long id, RevokeAppUser revoke)
    {
        await revoke.RunAsync(call.Actor, call.Project, new ActorId(id), call.Aborted);
        return TypedResults.NoContent();
    }
}
