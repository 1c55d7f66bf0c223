using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Tokens;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Answers Central's <c>/v1/sessions</c>: bearer tokens for scripts, and revoking an app user by its token.</summary>
internal static class SessionsV1
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder v1)
    {
        var sessions = v1.MapGroup("/sessions").WithTags("Sessions");
        sessions.MapPost("", SignInAsync)
            .Declare("createSession", "Sign in and get a bearer token")
            .CalledBy(CallerKind.Anonymous)
            .Refuses(400, "body.missing", "password.too_long")
            .Refuses(403, "account.suspended", "token.network_refused")
            .Refuses(401, "session.refused", "factor.totp_needed", "factor.refused")
            .Refuses(403, "session.second_factor_needed")
            .Refuses(429, "session.too_many_attempts", "factor.locked")
            .Refuses(503, "session.busy");
        sessions.MapGet("/current", GetAsync)
            .Declare("getSession", "Read your session; 404 without one")
            .CalledBy(CallerKind.Session, CallerKind.Anonymous)
            .Refuses(404, "access.not_found");
        sessions.MapGet("/restore", GetAsync)
            .Declare("restoreSession", "Read your session, as Central's interface asks on loading")
            .CalledBy(CallerKind.Session, CallerKind.Anonymous)
            .Refuses(404, "access.not_found");
        sessions.MapDelete("/current", SignOutAsync)
            .Declare("endSession", "Sign out")
            .CalledBy(CallerKind.Session, CallerKind.Anonymous)
            .Refuses(404, "access.not_found");
        sessions.MapDelete("/{token}", EndAsync)
            .Declare("endSessionByToken", "End one of your sessions, or revoke the app user that has this token")
            .Refuses(403, "access.denied");
    }

    private static async Task<NewSessionV1> SignInAsync(HttpContext http, JsonBody<CredentialsV1> body, SignIn signIn, SignInByToken signInByToken)
    {
        var wanted = await body.ReadAsync();
        if (string.IsNullOrWhiteSpace(wanted.Email) || string.IsNullOrEmpty(wanted.Password))
        {
            throw CentralQuery.Missing("email, password", string.IsNullOrWhiteSpace(wanted.Email) ? "no email" : "no password");
        }

        var caller = ActorResolver.AnonymousOf(http, Door.CentralV1);
        var agent = http.Request.Headers.UserAgent.ToString();
        if (TokenSecret.Is(wanted.Password))
        {
            return ViewOf(await signInByToken.RunAsync(caller, wanted.Email, wanted.Password, agent, http.RequestAborted));
        }

        var shown = new PasswordShown(wanted.Email, wanted.Password, wanted.Totp);
        var step = await signIn.RunAsync(caller, shown, new SessionTerms(false, false, agent), http.RequestAborted);
        return ViewOf(step.Session ?? throw new InvalidOperationException("Without a browser there is no second step."));
    }

    private static NewSessionV1 ViewOf(NewSession session) =>
        new(session.Token, SecretToken.CsrfOf(session.Token), session.Session.ExpiresAt, session.Session.CreatedAt);

    private static async Task<SessionV1> GetAsync(HttpContext http, ActorResolver actors)
    {
        var caller = await actors.CallerAsync(http);
        return caller.Session is { } session
            ? new SessionV1(session.CreatedAt, session.ExpiresAt)
            : throw AccessProblems.Unseen();
    }

    private static async Task<Done> SignOutAsync(HttpContext http, ActorResolver actors, SignOut signOut)
    {
        var caller = await actors.CallerAsync(http);
        await signOut.RunAsync(caller.Actor, caller.Session ?? throw AccessProblems.Unseen(), http.RequestAborted);
        return Done.Well;
    }

    // A token that is not the caller's to end is answered like one that does not exist: 403, as Central does.
    private static async Task<Done> EndAsync(
        Call call,
        string token,
        Sessions sessions,
        SignOut signOut,
        AppUserTokens appUsers,
        ProjectQueries projects,
        RevokeAppUser revoke)
    {
        var actor = call.Actor;
        if (await sessions.FindAsync(token, actor.Address, call.Aborted) is { } session)
        {
            await signOut.RunAsync(actor, session, call.Aborted);
            return Done.Well;
        }

        try
        {
            var phone = await appUsers.GetAsync(token, actor.Address, call.Aborted);
            var project = await projects.GetRefAsync(phone.Project, call.Aborted);
            await revoke.RunAsync(actor, project, phone.Id, call.Aborted);
            return Done.Well;
        }
        catch (ProblemException problem) when (problem.Status is 401 or 404)
        {
            throw AccessProblems.Denied();
        }
    }
}

/// <summary>What signs a script in.</summary>
/// <param name="Totp">Six digits of the authenticator app, where the account has a second factor.</param>
internal sealed record CredentialsV1([property: Required] string? Email, [property: Required] string? Password, string? Totp = null)
{
    /// <inheritdoc/>
    public override string ToString() => "CredentialsV1";
}

/// <summary>A session just begun.</summary>
/// <param name="Token">What to send as <c>Authorization: Bearer …</c>.</param>
internal sealed record NewSessionV1(string Token, string Csrf, DateTimeOffset ExpiresAt, DateTimeOffset CreatedAt)
{
    /// <inheritdoc/>
    public override string ToString() => "NewSessionV1";
}

/// <summary>A session.</summary>
internal sealed record SessionV1(DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt);
