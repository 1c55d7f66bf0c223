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
            .Refuses(400, "body.missing", "account.name_invalid");
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

        var names = await accounts.NamesAsync(listed.Select(item => item.CreatedBy), call.Aborted);
        return listed.Select(item => AppUserV1.Of(item, names));
    }

    private static async Task<AppUserV1> CreateAsync(ProjectCall call, JsonBody<NewAppUserV1> body, CreateAppUser create)
    {
        var wanted = await body.ReadAsync();
        if (string.IsNullOrWhiteSpace(wanted.DisplayName))
        {
            throw CentralQuery.Missing("displayName");
        }

        var (appUser, token) = await create.RunAsync(call.Actor, call.Project, wanted.DisplayName, call.Aborted);
        return AppUserV1.Of(appUser, token);
    }

    private static async Task<Done> RevokeAsync(ProjectCall call, long id, RevokeAppUser revoke)
    {
        await revoke.RunAsync(call.Actor, call.Project, new ActorId(id), call.Aborted);
        return Done.Well;
    }
}
