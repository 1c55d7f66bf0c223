using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Attempts;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Kernel;
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
        session.MapGet("", GetAsync).Declare("getSession", "Read who is signed in").OpenToEnrol();
        session.MapPost("", SignInAsync)
            .Declare("signIn", "Sign in; the answer sets the session cookie, or (202) asks for the second factor")
            .CalledBy(CallerKind.Anonymous)
            .Refuses(401, "session.password_disowned", "session.refused")
            .Refuses(403, "account.suspended")
            .Refuses(422, "password.too_long")
            .Refuses(429, "session.too_many_attempts")
            .Refuses(503, "session.busy", "session.limits_unavailable");
        session.MapDelete("", SignOutAsync)
            .Declare("signOut", "Sign out; the answer clears the session cookie")
            .CalledBy(CallerKind.Session, CallerKind.Anonymous)
            .OpenToEnrol();
        SessionFactorsApi.Map(session);
    }

    /// <summary>Gives the browser a session that was just begun, and shows it.</summary>
    public static async Task<SessionItem> EnterAsync(
        HttpContext http, NewSession session, bool isSharedComputer, KnownDevices devices, SessionView view)
    {
        await SessionCookie.SetAsync(http, session, isSharedComputer);
        await DeviceCookie.SetAsync(http, devices, session.Session, isSharedComputer);
        return await view.OfAsync(session.Session, session.Token, http.RequestAborted);
    }

    private static async Task<SessionItem> GetAsync(HttpContext http, ActorResolver actors, SessionView view)
    {
        Caller caller;
        try
        {
            caller = await actors.CallerAsync(http);
        }
        catch (ProblemException suspended) when (suspended.Code == AccessProblems.AccountSuspendedCode)
        {
            // The page reads why, and then lets somebody sign in: whoever has no session cannot end one.
            SessionCookie.Clear(http);
            throw;
        }

        return caller is { Session: { } session, Token: { } token }
            ? await view.OfAsync(session, token, http.RequestAborted)
            : throw AccessProblems.SignInNeeded();
    }

    private static async Task<Results<Ok<SessionItem>, Accepted<ChallengeItem>>> SignInAsync(
        HttpContext http, JsonBody<Credentials> body, SignIn signIn, AccountFactors factors, KnownDevices devices, SessionView view)
    {
        var wanted = await body.ReadAsync();
        var terms = new SessionTerms(true, wanted.SharedComputer, http.Request.Headers.UserAgent.ToString());
        var step = await signIn.RunAsync(
            ActorResolver.AnonymousOf(http, Door.Web),
            new PasswordShown(wanted.Email ?? "", wanted.Password ?? ""),
            terms,
            http.RequestAborted);
        if (step.Challenge is { } challenge)
        {
            var state = await factors.OfAsync(challenge.Account, http.RequestAborted);
            return TypedResults.Accepted((string?)null, ChallengeItem.Of(challenge.Ticket, state));
        }

        var session = step.Session ?? throw new InvalidOperationException("A sign-in ends in a session or a challenge.");
        return TypedResults.Ok(await EnterAsync(http, session, wanted.SharedComputer, devices, view));
    }

    private static async Task<NoContent> SignOutAsync(HttpContext http, ActorResolver actors, SignOut signOut, Sessions sessions)
    {
        try
        {
            var caller = await actors.CallerAsync(http);
            if (caller.Session is { } session)
            {
                await signOut.RunAsync(caller.Actor, session, http.RequestAborted);
            }
        }
        catch (ProblemException suspended) when (suspended.Code == AccessProblems.AccountSuspendedCode)
        {
            // It may not act, so nothing is noted as done by it; but whoever copied what its browser held gets nothing back with the end of the suspension.
            if (http.Request.Cookies[SessionCookie.Name] is { Length: > 0 } token)
            {
                await sessions.EndFormerAsync(token, CancellationToken.None);
            }
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

/// <summary>The password was right; now the second factor.</summary>
/// <param name="Ticket">Comes back with the code, within five minutes; five tries.</param>
/// <param name="Totp">Whether the account has an authenticator app.</param>
/// <param name="Passkey">Whether it has a passkey.</param>
/// <param name="RecoveryCode">Whether it has recovery codes left.</param>
internal sealed record ChallengeItem(string Ticket, DateTimeOffset ExpiresAt, bool Totp, bool Passkey, bool RecoveryCode)
{
    /// <summary>Shows what can be answered.</summary>
    public static ChallengeItem Of(IssuedTicket ticket, FactorState state) =>
        new(ticket.Text, ticket.ExpiresAt, state.TotpSince is not null, state.Passkeys > 0, state.RecoveryCodesLeft > 0);

    /// <inheritdoc/>
    public override string ToString() => "ChallengeItem";
}
