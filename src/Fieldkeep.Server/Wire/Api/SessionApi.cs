using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Attempts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/session</c>: the browser's session in its cookie.</summary>
internal static class SessionApi
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var session = api.MapGroup("/session").WithTags("Session");
        session.MapGet("", GetAsync).Declare("getSession", "Read who is signed in");
        session.MapPost("", SignInAsync)
            .Declare("signIn", "Sign in; the answer sets the session cookie")
            .CalledBy(CallerKind.Anonymous)
            .Refuses(401, "session.password_disowned", "session.refused")
            .Refuses(422, "password.too_long")
            .Refuses(429, "session.too_many_attempts")
            .Refuses(503, "session.busy", "session.limits_unavailable");
        session.MapDelete("", SignOutAsync)
            .Declare("signOut", "Sign out; the answer clears the session cookie")
            .CalledBy(CallerKind.Session, CallerKind.Anonymous);
    }

    /// <summary>Gives what tells a page who is signed in.</summary>
    public static async Task<SessionItem> ViewAsync(
        Session session, string token, Policy policy, OrganisationQueries organisations, CancellationToken cancellationToken)
    {
        var organisation = await organisations.FindAsync(cancellationToken);
        var roles = await policy.RolesOfAsync(
            Actor.Anonymous(Door.Web, null) with { Id = session.Account, Kind = ActorKind.Account }, cancellationToken);
        return new SessionItem(
            new SessionAccount(session.Account.Value, session.Email, session.DisplayName, roles),
            SecretToken.CsrfOf(token),
            new OrganisationItem(organisation?.Name ?? ""));
    }

    private static async Task<SessionItem> GetAsync(
        HttpContext http, ActorResolver actors, Policy policy, OrganisationQueries organisations)
    {
        var caller = await actors.CallerAsync(http);
        return caller is { Session: { } session, Token: { } token }
            ? await ViewAsync(session, token, policy, organisations, http.RequestAborted)
            : throw AccessProblems.SignInNeeded();
    }

    private static async Task<SessionItem> SignInAsync(
        HttpContext http, JsonBody<Credentials> body, SignIn signIn, KnownDevices devices, Policy policy, OrganisationQueries organisations)
    {
        var wanted = await body.ReadAsync();
        var terms = new SessionTerms(true, wanted.SharedComputer, http.Request.Headers.UserAgent.ToString());
        var session = await signIn.RunAsync(
            ActorResolver.AnonymousOf(http, Door.Web),
            wanted.Email ?? "",
            wanted.Password ?? "",
            terms,
            http.RequestAborted);
        SessionCookie.Set(http, session, wanted.SharedComputer);
        await DeviceCookie.SetAsync(http, devices, session.Session, wanted.SharedComputer);
        return await ViewAsync(session.Session, session.Token, policy, organisations, http.RequestAborted);
    }

    private static async Task<NoContent> SignOutAsync(HttpContext http, ActorResolver actors, SignOut signOut)
    {
        var caller = await actors.CallerAsync(http);
        if (caller.Session is { } session)
        {
            await signOut.RunAsync(caller.Actor, session, http.RequestAborted);
        }

        SessionCookie.Clear(http);
        return TypedResults.NoContent();
    }
}

/// <summary>What signs a person in.</summary>
/// <param name="SharedComputer">Whether the browser shall forget the session when it is closed.</param>
internal sealed record Credentials(
    [property: Required] string? Email, [property: Required] string? Password, bool SharedComputer = false)
{
    /// <inheritdoc/>
    public override string ToString() => "Credentials";
}

/// <summary>Who is signed in.</summary>
/// <param name="Csrf">What every request that changes something sends as <c>X-CSRF-Token</c>.</param>
internal sealed record SessionItem(SessionAccount Account, string Csrf, OrganisationItem Organisation)
{
    /// <inheritdoc/>
    public override string ToString() => $"SessionItem {{ {Account.Id} }}";
}

/// <summary>The account that is signed in.</summary>
/// <param name="Roles">The names of the roles it holds anywhere.</param>
internal sealed record SessionAccount(long Id, string Email, string DisplayName, IReadOnlyList<string> Roles);

/// <summary>Whose server this is.</summary>
internal sealed record OrganisationItem(string Name);
