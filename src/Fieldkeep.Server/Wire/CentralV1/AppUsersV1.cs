using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Answers Central's <c>/v1/projects/{id}/app-users</c>. Unlike Central, a token is shown once, when it is made; lists say null.</summary>
internal static class AppUsersV1
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder v1)
    {
        var appUsers = v1.MapGroup("/projects/{projectId:long}/app-users").WithTags("App users");
        appUsers.MapGet("", ListAsync).Declare("listAppUsers", "List a project's app users", Permission.AppUserList);
        appUsers.MapPost("", CreateAsync)
            .Declare("createAppUser", "Create an app user and show its token once", Permission.AppUserCreate)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(400, "body.missing", "account.name_invalid")
            .Refuses(501, "central.not_built");
        appUsers.MapGet("/{id:long}", GetAsync)
            .Declare("getAppUser", "Read an app user", Permission.AppUserList)
            .Refuses(404, "app_user.not_found");
        appUsers.MapPatch("/{id:long}", SetPropertiesAsync)
            .Declare("updateAppUser", "Set properties of an app user, of which there are none yet", Permission.AppUserCreate)
            .Refuses(404, "app_user.not_found")
            .Refuses(501, "central.not_built");
        appUsers.MapDelete("/{id:long}", RevokeAsync)
            .Declare("revokeAppUser", "Revoke an app user", Permission.AppUserRevoke)
            .Refuses(404, "app_user.not_found");
    }

    private static async Task<IEnumerable<AppUserV1>> ListAsync(
        ProjectCall call, CentralQuery query, CentralPage page, AppUserQueries appUsers, AccountQueries accounts)
    {
        var all = await appUsers.ListAsync(call.Actor, call.Project.Id, call.Aborted);
        var listed = page.Of(all.Where(item => item.RevokedAt is null));
        if (!query.IsExtended)
        {
            return listed.Select(item => AppUserV1.Of(item, token: null));
        }

        var actors = await accounts.ActorsAsync(listed.Select(item => item.CreatedBy), call.Aborted);
        return listed.Select(item => AppUserV1.Of(item, actors));
    }

    private static async Task<AppUserV1> CreateAsync(ProjectCall call, JsonBody<NewAppUserV1> body, CreateAppUser create)
    {
        var wanted = await body.ReadAsync();
        if (string.IsNullOrWhiteSpace(wanted.DisplayName))
        {
            throw CentralQuery.Missing("displayName");
        }

        RequireNone(wanted.Properties);
        var (appUser, token) = await create.RunAsync(call.Actor, call.Project, wanted.DisplayName, call.Aborted);
        return AppUserV1.Of(appUser, token);
    }

    private static async Task<AppUserV1> GetAsync(
        ProjectCall call, long id, CentralQuery query, AppUserQueries appUsers, AccountQueries accounts)
    {
        var found = await appUsers.GetAsync(call.Actor, call.Project.Id, new ActorId(id), call.Aborted);
        return query.IsExtended ? await ExtendAsync(call, found, accounts) : AppUserV1.Of(found, token: null);
    }

    private static async Task<AppUserV1> SetPropertiesAsync(
        ProjectCall call, long id, JsonBody<AppUserPatchV1> body, AppUserQueries appUsers, AccountQueries accounts, Policy policy)
    {
        await policy.RequireAsync(call.Actor, Permission.AppUserCreate, Scope.Of(call.Project.Id), call.Aborted);
        var found = await appUsers.GetAsync(call.Actor, call.Project.Id, new ActorId(id), call.Aborted);
        RequireNone((await body.ReadAsync()).Properties);
        return await ExtendAsync(call, found, accounts);
    }

    private static async Task<AppUserV1> ExtendAsync(ProjectCall call, AppUser appUser, AccountQueries accounts) =>
        AppUserV1.Of(appUser, await accounts.ActorsAsync([appUser.CreatedBy], call.Aborted));

    private static void RequireNone(IReadOnlyDictionary<string, string?>? properties)
    {
        if (properties is { Count: > 0 })
        {
            throw CentralProblems.NotBuilt("A property of an app user", "Write what matters into its name.");
        }
    }

    private static async Task<Done> RevokeAsync(ProjectCall call, long id, RevokeAppUser revoke)
    {
        await revoke.RunAsync(call.Actor, call.Project, new ActorId(id), call.Aborted);
        return Done.Well;
    }
}
