using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/session</c>: the browser's session in its cookie.</summary>
internal static class SessionApi
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/session", GetAsync);
        api.MapPost("/session", SignInAsync);
        api.MapDelete("/session", SignOutAsync);
    }

    /// <summary>Gives the body that tells a page who is signed in.</summary>
    public static async Task<object> ViewAsync(
        Session session, string token, Grants grants, OrganisationQueries organisations, CancellationToken cancellationToken)
    {
        var organisation = await organisations.FindAsync(cancellationToken);
        return new
        {
            account = new
            {
                id = session.Account.Value,
                email = session.Email,
                displayName = session.DisplayName,
                roles = await grants.RolesOfAsync(session.Account, cancellationToken),
            },
            csrf = SecretToken.CsrfOf(token),
            organisation = new { name = organisation?.Name ?? "" },
        };
    }

    private static async Task<IResult> GetAsync(
        HttpContext http,
        ActorResolver actors,
        Grants grants,
        OrganisationQueries organisations,
        CancellationToken cancellationToken)
    {
        var caller = await actors.CallerAsync(http);
        return caller is { Session: { } session, Token: { } token }
            ? WireJson.Answer(await ViewAsync(session, token, grants, organisations, cancellationToken))
            : throw AccessProblems.SignInNeeded();
    }

    private static async Task<IResult> SignInAsync(
        HttpContext http,
        SignIn signIn,
        Grants grants,
        OrganisationQueries organisations,
        CancellationToken cancellationToken)
    {
        var body = await WireJson.ReadAsync<SignInBody>(http, cancellationToken);
        var terms = new SessionTerms(true, body.SharedComputer, http.Request.Headers.UserAgent.ToString());
        var session = await signIn.RunAsync(
            Actor.Anonymous(Door.Web, ActorResolver.AddressOf(http)),
            body.Email ?? "",
            body.Password ?? "",
            terms,
            cancellationToken);
        SessionCookie.Set(http, session, body.SharedComputer);
        return WireJson.Answer(
            await ViewAsync(session.Session, session.Token, grants, organisations, cancellationToken));
    }

    private static async Task<IResult> SignOutAsync(
        HttpContext http, ActorResolver actors, SignOut signOut, CancellationToken cancellationToken)
    {
        var caller = await actors.CallerAsync(http);
        if (caller.Session is { } session)
        {
            await signOut.RunAsync(caller.Actor, session, cancellationToken);
        }

        SessionCookie.Clear(http);
        return Results.NoContent();
    }

    private sealed record SignInBody(string? Email, string? Password, bool SharedComputer);
}
