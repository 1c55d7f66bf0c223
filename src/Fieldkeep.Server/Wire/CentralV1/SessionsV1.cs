using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
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
        v1.MapPost("/sessions", SignInAsync);
        v1.MapGet("/sessions/current", GetAsync);
        v1.MapGet("/sessions/restore", GetAsync);
        v1.MapDelete("/sessions/current", SignOutAsync);
        v1.MapDelete("/sessions/{token}", EndAsync);
    }

    private static async Task<IResult> SignInAsync(HttpContext http, SignIn signIn, CancellationToken cancellationToken)
    {
        var body = await WireJson.ReadAsync<SignInBody>(http, cancellationToken);
        if (string.IsNullOrWhiteSpace(body.Email) || string.IsNullOrEmpty(body.Password))
        {
            throw CentralQuery.Missing("email, password", string.IsNullOrWhiteSpace(body.Email) ? "no email" : "no password");
        }

        var session = await signIn.RunAsync(
            Actor.Anonymous(Door.CentralV1, ActorResolver.AddressOf(http)),
            body.Email,
            body.Password,
            new SessionTerms(false, false, http.Request.Headers.UserAgent.ToString()),
            cancellationToken);
        return WireJson.Answer(new
        {
            token = session.Token,
            csrf = SecretToken.CsrfOf(session.Token),
            expiresAt = session.Session.ExpiresAt,
            createdAt = session.Session.CreatedAt,
        });
    }

    private static async Task<IResult> GetAsync(HttpContext http, ActorResolver actors)
    {
        var caller = await actors.CallerAsync(http);
        return caller.Session is { } session
            ? WireJson.Answer(new { createdAt = session.CreatedAt, expiresAt = session.ExpiresAt })
            : throw AccessProblems.Unseen();
    }

    private static async Task<IResult> SignOutAsync(
        HttpContext http, ActorResolver actors, SignOut signOut, CancellationToken cancellationToken)
    {
        var caller = await actors.CallerAsync(http);
        await signOut.RunAsync(caller.Actor, caller.Session ?? throw AccessProblems.Unseen(), cancellationToken);
        return WireJson.Answer(CentralQuery.Success);
    }

    // A token that is not the caller's to end is answered like one that does not exist: 403, as Central does.
    private static async Task<IResult> EndAsync(
        HttpContext http,
        string token,
        ActorResolver actors,
        Sessions sessions,
        SignOut signOut,
        AppUserTokens appUsers,
        ProjectQueries projects,
        RevokeAppUser revoke,
        CancellationToken cancellationToken)
    {
        var actor = await actors.RequireAsync(http);
        if (await sessions.FindAsync(token, cancellationToken) is { } session)
        {
            await signOut.RunAsync(actor, session, cancellationToken);
            return WireJson.Answer(CentralQuery.Success);
        }

        try
        {
            var phone = await appUsers.GetAsync(token, actor.Address, cancellationToken);
            var project = await projects.GetRefAsync(phone.Project, cancellationToken);
            await revoke.RunAsync(actor, project, phone.Id, cancellationToken);
            return WireJson.Answer(CentralQuery.Success);
        }
        catch (ProblemException problem) when (problem.Status is 401 or 404)
        {
            throw AccessProblems.Denied();
        }
    }

    private sealed record SignInBody(string? Email, string? Password);
}
