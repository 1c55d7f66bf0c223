using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Accounts.Tokens;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/account/tokens</c> and <c>/app-passwords</c>. A secret is in the answer that creates it and in no other.</summary>
internal static class TokensApi
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var account = api.MapGroup("/account").WithTags("My account").Refuses(403, "session.needed");
        account.MapGet("/tokens", ListAsync).Declare("listTokens", "List your tokens and app passwords, those that are good first");
        account.MapPost("/tokens", CreateTokenAsync)
            .Declare("createToken", "Make an API token and show its secret once")
            .Refuses(403, "session.confirmation_needed")
            .Refuses(409, "token.too_many")
            .Refuses(422, "account.name_invalid", "token.scopes_invalid", "token.projects_invalid", "token.networks_invalid", "token.expiry_invalid");
        account.MapPost("/app-passwords", CreateAppPasswordAsync)
            .Declare("createAppPassword", "Make an app password for ODK Collect or a script, for one project, and show it once")
            .Refuses(403, "session.confirmation_needed")
            .Refuses(409, "token.too_many")
            .Refuses(422, "account.name_invalid", "token.projects_invalid", "token.networks_invalid", "token.expiry_invalid");
        account.MapDelete("/tokens/{id:long}", EndAsync)
            .Declare("revokeToken", "Revoke a token or an app password, with the sessions opened with it")
            .Refuses(404, "token.not_found");
    }

    private static async Task<ItemList<TokenItem>> ListAsync(OwnCall call, AccessTokenQueries tokens) =>
        ItemList.Of(await tokens.ListAsync(call.Actor, call.Aborted), TokenItem.Of);

    private static async Task<Created<CreatedToken>> CreateTokenAsync(OwnCall call, JsonBody<NewTokenBody> body, CreateAccessToken create)
    {
        var wanted = await body.ReadAsync();
        return Created(await create.RunAsync(
            call.Actor,
            new WantedToken(false, wanted.Name ?? "", wanted.Scopes ?? [], wanted.Projects, wanted.Networks ?? [], wanted.Days),
            call.Aborted));
    }

    private static async Task<Created<CreatedToken>> CreateAppPasswordAsync(
        OwnCall call, JsonBody<NewAppPasswordBody> body, CreateAccessToken create)
    {
        var wanted = await body.ReadAsync();
        return Created(await create.RunAsync(
            call.Actor,
            new WantedToken(true, wanted.Name ?? "", [], wanted.Project is { } project ? [project] : [], wanted.Networks ?? [], wanted.Days),
            call.Aborted));
    }

    private static async Task<NoContent> EndAsync(OwnCall call, long id, EndAccessToken end)
    {
        await end.RunAsync(call.Actor, id, call.Aborted);
        return TypedResults.NoContent();
    }

    private static Created<CreatedToken> Created(NewToken made) =>
        TypedResults.Created((string?)null, new CreatedToken(TokenItem.Of(made.Token), made.Secret));
}

/// <summary>A token or app password, without its secret.</summary>
/// <param name="Kind"><c>token</c> or <c>app_password</c>.</param>
/// <param name="Scopes">What it allows: <c>read</c>, <c>export</c>, <c>submit</c>, <c>write</c>, <c>delete</c>, <c>manage</c>.</param>
/// <param name="Projects">The projects it reaches; null for all that you reach.</param>
/// <param name="Networks">Where it may be used from; empty for anywhere.</param>
/// <param name="LastUsedAt">When it was last used, to the minute; null when never.</param>
/// <param name="EndedAt">When it was revoked, or ended with your password; null while it is good or expired by itself.</param>
internal sealed record TokenItem(
    long Id,
    string Kind,
    string Name,
    IReadOnlyList<string> Scopes,
    IReadOnlyList<long>? Projects,
    IReadOnlyList<string> Networks,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? LastUsedAt,
    DateTimeOffset? EndedAt)
{
    /// <summary>Shows a token.</summary>
    public static TokenItem Of(AccessToken token) => new(
        token.Id,
        token.Kind,
        token.Name,
        token.Scopes,
        token.Projects,
        token.Networks,
        token.CreatedAt,
        token.ExpiresAt,
        token.LastUsedAt,
        token.EndedAt);
}

/// <summary>A token just made.</summary>
/// <param name="Secret">Shown this once.</param>
internal sealed record CreatedToken(TokenItem Token, string Secret)
{
    /// <inheritdoc/>
    public override string ToString() => $"CreatedToken {{ {Token.Id} }}";
}

/// <summary>A token to be made.</summary>
/// <param name="Scopes">At least one of <c>read</c>, <c>export</c>, <c>submit</c>, <c>write</c>, <c>delete</c>, <c>manage</c>.</param>
/// <param name="Projects">Left out for all that you reach.</param>
/// <param name="Networks">Addresses or networks such as <c>192.0.2.0/24</c>; left out for anywhere.</param>
/// <param name="Days">1 to 365; 90 when left out.</param>
internal sealed record NewTokenBody(
    [property: Required] string? Name,
    [property: Required] IReadOnlyList<string>? Scopes,
    IReadOnlyList<long>? Projects,
    IReadOnlyList<string>? Networks,
    int? Days);

/// <summary>An app password to be made.</summary>
/// <param name="Days">1 to 365; 90 when left out.</param>
internal sealed record NewAppPasswordBody(
    [property: Required] string? Name, [property: Required] long? Project, IReadOnlyList<string>? Networks, int? Days);
