using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Attempts;
using Fieldkeep.Server.Accounts.External;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/session/external</c>: sign-in with another provider (OpenID Connect).</summary>
internal static class ExternalApi
{
    private const string Cookie = "__Host-external";

    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var external = api.MapGroup("/session/external").WithTags("Session").CalledBy(CallerKind.Anonymous);
        external.MapGet("", Get).Declare("getProvider", "Read whether one can sign in with another provider, and its name");
        external.MapGet("/begin", BeginAsync)
            .Declare("beginExternalSignIn", "Go to the provider; the browser is sent there")
            .AnswersEmpty(StatusCodes.Status302Found);
        external.MapGet("/callback", ReceiveAsync)
            .Declare("receiveExternalAnswer", "Come back from the provider; the browser is sent to the sign-in page")
            .Reads("code", typeof(string), "What the provider gives for having signed in there.")
            .Reads("state", typeof(string), "What this server gave the browser on its way.")
            .Reads("error", typeof(string), "Why the provider did not sign anyone in.")
            .Reads("iss", typeof(string), "Who says so (RFC 9207).")
            .AnswersEmpty(StatusCodes.Status302Found);
        external.MapPost("/completion", CompleteAsync)
            .Declare("completeExternalSignIn", "Finish the sign-in that came back; the answer sets the session cookie, or (202) asks for the second factor")
            .Refuses(401, "session.refused")
            .Refuses(403, "external.attempt_refused", "external.no_account", "account.suspended")
            .Refuses(404, "external.none")
            .Refuses(409, "external.password_needed")
            .Refuses(422, "password.too_long")
            .Refuses(429, "session.too_many_attempts")
            .Refuses(503, "session.busy", "external.unavailable");
    }

    private static ProviderItem Get(ProviderClient provider) => new(provider.IsThere ? provider.Settings.Name : null);

    // These two are pages to the browser: what goes wrong is told on the sign-in page.
    private static async Task<RedirectHttpResult> BeginAsync(HttpContext http, BeginExternalSignIn begin)
    {
        try
        {
            var journey = await begin.RunAsync(ActorResolver.AnonymousOf(http, Door.Web), http.RequestAborted);
            http.Response.Cookies.Append(Cookie, journey.Browser, Options(ExternalAttempts.Longest));
            return TypedResults.Redirect(journey.To.AbsoluteUri);
        }
        catch (ProblemException problem)
        {
            return Failed(problem);
        }
    }

    private static async Task<RedirectHttpResult> ReceiveAsync(HttpContext http, ReceiveExternalAnswer receive)
    {
        try
        {
            var query = http.Request.Query;
            var answer = new ExternalAnswer(One(query, "code"), One(query, "state") ?? "", One(query, "error"), One(query, "iss"));
            await receive.RunAsync(
                ActorResolver.AnonymousOf(http, Door.Web), answer, http.Request.Cookies[Cookie] ?? "", http.RequestAborted);
            return TypedResults.Redirect("/sign-in/external");
        }
        catch (ProblemException problem)
        {
            return Failed(problem);
        }
    }

    private static async Task<Results<Ok<SessionItem>, Accepted<ChallengeItem>>> CompleteAsync(
        HttpContext http, JsonBody<ExternalBody> body, CompleteExternalSignIn complete, AccountFactors factors, KnownDevices devices, SessionView view)
    {
        var wanted = await body.ReadAsync();
        var terms = new SessionTerms(true, wanted.SharedComputer, http.Request.Headers.UserAgent.ToString());
        var step = await complete.RunAsync(
            ActorResolver.AnonymousOf(http, Door.Web),
            http.Request.Cookies[Cookie] ?? "",
            wanted.Password,
            terms,
            http.RequestAborted);
        http.Response.Cookies.Append(Cookie, "", Options(TimeSpan.Zero));
        if (step.Challenge is { } challenge)
        {
            var state = await factors.OfAsync(challenge.Account, http.RequestAborted);
            return TypedResults.Accepted((string?)null, ChallengeItem.Of(challenge.Ticket, state));
        }

        var session = step.Session ?? throw new InvalidOperationException("A sign-in ends in a session or a challenge.");
        return TypedResults.Ok(await SessionApi.EnterAsync(http, session, wanted.SharedComputer, devices, view));
    }

    // Codes are ours and harmless; nothing of what the provider sent goes into an address.
    private static RedirectHttpResult Failed(ProblemException problem) => TypedResults.Redirect($"/sign-in?problem={problem.Code}");

    private static string? One(IQueryCollection query, string name) => query[name] is [{ Length: > 0 and <= 4096 } value] ? value : null;

    // Lax: the way back from the provider is a link followed from another site.
    private static CookieOptions Options(TimeSpan lasts) => new()
    {
        HttpOnly = true,
        Secure = true,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        IsEssential = true,
        MaxAge = lasts,
    };
}

/// <summary>Another provider to sign in with.</summary>
/// <param name="Name">What people call it; null when there is none.</param>
internal sealed record ProviderItem(string? Name);

/// <summary>What finishes a sign-in with another provider.</summary>
/// <param name="Password">The account's, when it is asked for at the first time.</param>
/// <param name="SharedComputer">Whether the browser shall forget the session when it is closed.</param>
internal sealed record ExternalBody(string? Password = null, bool SharedComputer = false)
{
    /// <inheritdoc/>
    public override string ToString() => "ExternalBody";
}
