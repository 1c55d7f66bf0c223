using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/projects/{p}/app-users</c>. A token is in the answer that creates it and in no other.</summary>
internal static class AppUsersApi
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/projects/{project:long}/app-users", ListAsync);
        api.MapPost("/projects/{project:long}/app-users", CreateAsync);
        api.MapDelete("/projects/{project:long}/app-users/{id:long}", RevokeAsync);
    }

    private static async Task<IResult> ListAsync(
        HttpContext http,
        long project,
        ActorResolver actors,
        ProjectQueries projects,
        AppUserQueries appUsers,
        CancellationToken cancellationToken)
    {
        var actor = await actors.RequireAsync(http);
        var found = await projects.GetRefAsync(new ProjectId(project), cancellationToken);
        var items = await appUsers.ListAsync(actor, found.Id, cancellationToken);
        return WireJson.Answer(new
        {
            items = items.Select(item => new
            {
                id = item.Id.Value,
                displayName = item.DisplayName,
                createdAt = item.CreatedAt,
                lastUsed = item.LastUsedAt,
                revoked = item.RevokedAt is not null,
            }),
        });
    }

    private static async Task<IResult> CreateAsync(
        HttpContext http,
        long project,
        ActorResolver actors,
        ProjectQueries projects,
        CreateAppUser create,
        PublicAddress address,
        CancellationToken cancellationToken)
    {
        var actor = await actors.RequireAsync(http);
        var found = await projects.FindAsync(new ProjectId(project), cancellationToken)
            ?? throw Access.AccessProblems.Unseen();
        var body = await WireJson.ReadAsync<AppUserBody>(http, cancellationToken);
        var (appUser, token) = await create.RunAsync(actor, found.Ref, body.DisplayName ?? "", cancellationToken);
        var settings = CollectSettings.Of($"{address.Of(http)}/v1/key/{token}/projects/{project}", found.Name);
        var answer = new
        {
            id = appUser.Id.Value,
            displayName = appUser.DisplayName,
            token,
            qr = new { svg = CollectSettings.DrawSvg(CollectSettings.Encode(settings)), settings },
        };
        return WireJson.Answer(answer, StatusCodes.Status201Created);
    }

    private static async Task<IResult> RevokeAsync(
        HttpContext http,
        long project,
        long id,
        ActorResolver actors,
        ProjectQueries projects,
        RevokeAppUser revoke,
        CancellationToken cancellationToken)
    {
        var actor = await actors.RequireAsync(http);
        var found = await projects.GetRefAsync(new ProjectId(project), cancellationToken);
        await revoke.RunAsync(actor, found, new ActorId(id), cancellationToken);
        return Results.NoContent();
    }

    private sealed record AppUserBody(string? DisplayName);
}
