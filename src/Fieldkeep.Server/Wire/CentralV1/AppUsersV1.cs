using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
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
        v1.MapGet("/projects/{projectId:long}/app-users", ListAsync);
        v1.MapPost("/projects/{projectId:long}/app-users", CreateAsync);
        v1.MapDelete("/projects/{projectId:long}/app-users/{id:long}", RevokeAsync);
    }

    private static async Task<IResult> ListAsync(
        HttpContext http,
        long projectId,
        ActorResolver actors,
        ProjectQueries projects,
        AppUserQueries appUsers,
        AccountQueries accounts,
        CancellationToken cancellationToken)
    {
        var actor = await actors.RequireAsync(http);
        var project = await projects.GetRefAsync(new ProjectId(projectId), cancellationToken);
        var live = (await appUsers.ListAsync(actor, project.Id, cancellationToken)).Where(item => item.RevokedAt is null);
        var listed = CentralQuery.Page(http, live).ToList();
        if (!CentralQuery.IsExtended(http))
        {
            return WireJson.Answer(listed.Select(item => Plain(item, null)));
        }

        var names = await accounts.NamesAsync(listed.Select(item => item.CreatedBy), cancellationToken);
        return WireJson.Answer(listed.Select(item => Extended(item, names.GetValueOrDefault(item.CreatedBy))));
    }

    private static async Task<IResult> CreateAsync(
        HttpContext http,
        long projectId,
        ActorResolver actors,
        ProjectQueries projects,
        CreateAppUser create,
        CancellationToken cancellationToken)
    {
        var actor = await actors.RequireAsync(http);
        var project = await projects.GetRefAsync(new ProjectId(projectId), cancellationToken);
        var body = await WireJson.ReadAsync<AppUserBody>(http, cancellationToken);
        if (string.IsNullOrWhiteSpace(body.DisplayName))
        {
            throw new ProblemException("body.missing", 400, "Required parameter displayName missing.") { CentralCode = 400.2m };
        }

        var (appUser, token) = await create.RunAsync(actor, project, body.DisplayName, cancellationToken);
        return WireJson.Answer(Plain(appUser, token));
    }

    private static async Task<IResult> RevokeAsync(
        HttpContext http,
        long projectId,
        long id,
        ActorResolver actors,
        ProjectQueries projects,
        RevokeAppUser revoke,
        CancellationToken cancellationToken)
    {
        var actor = await actors.RequireAsync(http);
        var project = await projects.GetRefAsync(new ProjectId(projectId), cancellationToken);
        await revoke.RunAsync(actor, project, new ActorId(id), cancellationToken);
        return WireJson.Answer(CentralQuery.Success);
    }

    private static Dictionary<string, object?> Plain(AppUser appUser, string? token) => new(StringComparer.Ordinal)
    {
        ["projectId"] = appUser.ProjectId.Value,
        ["id"] = appUser.Id.Value,
        ["type"] = "field_key",
        ["displayName"] = appUser.DisplayName,
        ["createdAt"] = appUser.CreatedAt,
        ["updatedAt"] = appUser.UpdatedAt,
        ["deletedAt"] = null,
        ["token"] = token,
    };

    private static Dictionary<string, object?> Extended(AppUser appUser, string? creator)
    {
        var view = Plain(appUser, null);
        view["lastUsed"] = appUser.LastUsedAt;
        view["createdBy"] = new { id = appUser.CreatedBy, type = "user", displayName = creator };
        return view;
    }

    private sealed record AppUserBody(string? DisplayName);
}
