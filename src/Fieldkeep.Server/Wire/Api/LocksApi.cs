using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Accounts.Attempts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers what ends access in a hurry, and what lifts a lock: “this wasn't me”, and unlocking.</summary>
internal static class LocksApi
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        api.MapPost("/account/disown", DisownAsync)
            .WithTags("Access log")
            .Declare("disownAccess", "Say “this wasn't me”: every other session and token ends, and the password opens nothing until another is set")
            .Refuses(403, "session.page_only");
        api.MapPost("/accounts/{id:long}/unlock", UnlockAsync)
            .WithTags("Accounts")
            .Declare("unlockAccount", "Lift the wait of an account that wrong passwords have locked", Permission.AccountUpdate)
            .Refuses(404, "account.not_found");
        api.MapPost("/unlock", UnlockByLetterAsync)
            .WithTags("Accounts")
            .Declare("unlockByLetter", "Lift the wait of your account with the link of a letter")
            .CalledBy(CallerKind.Anonymous)
            .Refuses(403, "session.unlock_refused")
            .Refuses(429, "session.too_many_attempts")
            .Refuses(503, "session.limits_unavailable");
    }

    private static async Task<NoContent> DisownAsync(HttpContext http, ActorResolver actors, DisownAccess disown)
    {
        // Only a page: whoever got hold of a token must not end its owner's sessions.
        var caller = await actors.CallerAsync(http);
        if (caller.Session is not { IsCookie: true } session)
        {
            WhoAsks.RequirePerson(caller.Actor);
            throw AccountProblems.PageOnly();
        }

        await disown.RunAsync(caller.Actor, session.Id, http.RequestAborted);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> UnlockAsync(Call call, long id, UnlockAccount unlock)
    {
        await unlock.RunAsync(call.Actor, new ActorId(id), call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> UnlockByLetterAsync(HttpContext http, JsonBody<UnlockBody> body, UnlockByLetter unlock)
    {
        var wanted = await body.ReadAsync();
        await unlock.RunAsync(ActorResolver.AnonymousOf(http, Door.Web), wanted.Secret ?? "", http.RequestAborted);
        return TypedResults.NoContent();
    }
}

/// <summary>What lifts the wait of a locked account.</summary>
/// <param name="Secret">What stands after <c>#</c> in the letter's link.</param>
internal sealed record UnlockBody([property: Required] string? Secret)
{
    /// <inheritdoc/>
    public override string ToString() => "UnlockBody";
}
