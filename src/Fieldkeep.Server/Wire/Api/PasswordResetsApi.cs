using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Passwords;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/password-resets</c>: a forgotten password, by letter.</summary>
internal static class PasswordResetsApi
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var resets = api.MapGroup("/password-resets").WithTags("Session").CalledBy(CallerKind.Anonymous);
        resets.MapPost("", AskAsync)
            .Declare("askPasswordReset", "Ask for a letter with a link for a new password; answers the same whether the account exists or not")
            .Refuses(429, "session.too_many_attempts");
        resets.MapPost("/completion", CompleteAsync)
            .Declare("completePasswordReset", "Set a new password with the token of a letter; all sessions and tokens of the account end")
            .Refuses(410, "password_reset.refused")
            .Refuses(422, "password.weak", "password.too_long")
            .Refuses(429, "session.too_many_attempts")
            .Refuses(503, "session.busy");
    }

    // Anyone may ask, so nobody's credentials are looked at.
    private static async Task<NoContent> AskAsync(HttpContext http, JsonBody<ResetBody> body, AskPasswordReset ask)
    {
        var wanted = await body.ReadAsync();
        var caller = ActorResolver.AnonymousOf(http, Door.Web);
        await ask.RunAsync(caller, wanted.Email ?? "", isInvalidated: false, http.RequestAborted);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> CompleteAsync(HttpContext http, JsonBody<NewPasswordBody> body, CompletePasswordReset complete)
    {
        var wanted = await body.ReadAsync();
        var caller = ActorResolver.AnonymousOf(http, Door.Web);
        await complete.RunAsync(caller, wanted.Token ?? "", wanted.Password ?? "", http.RequestAborted);
        return TypedResults.NoContent();
    }
}

/// <summary>Whose password is forgotten.</summary>
internal sealed record ResetBody([property: Required] string? Email);

/// <summary>A new password, and the token that lets it be set.</summary>
/// <param name="Token">What stands after <c>#</c> in the letter's link.</param>
internal sealed record NewPasswordBody([property: Required] string? Token, [property: Required] string? Password)
{
    /// <inheritdoc/>
    public override string ToString() => "NewPasswordBody";
}
