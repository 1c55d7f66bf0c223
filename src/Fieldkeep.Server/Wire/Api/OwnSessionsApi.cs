using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/account/sessions</c> and the language of letters: one's own, and nobody else's.</summary>
internal static class OwnSessionsApi
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var account = api.MapGroup("/account").WithTags("My account").Refuses(403, "session.needed");
        account.MapGet("/sessions", ListAsync).Declare("listSessions", "List your sessions, the one used last first");
        account.MapDelete("/sessions", EndOthersAsync).Declare("endOtherSessions", "End all your sessions but this one");
        account.MapDelete("/sessions/{id:long}", EndAsync)
            .Declare("endOneSession", "End one of your sessions")
            .Refuses(404, "session.not_found");
        account.MapPut("/language", SetLanguageAsync)
            .Declare("setLanguage", "Choose the language of letters to you")
            .Refuses(422, "account.language_unknown");
    }

    private static async Task<ItemList<OwnSessionItem>> ListAsync(OwnCall call, SessionList sessions) =>
        ItemList.Of(await sessions.ListAsync(call.Actor, call.Aborted), session => OwnSessionItem.Of(session, call.Session.Id));

    private static async Task<NoContent> EndOthersAsync(OwnCall call, EndOtherSessions end)
    {
        await end.RunAsync(call.Actor, call.Session.Id, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> EndAsync(OwnCall call, long id, EndSession end)
    {
        await end.RunAsync(call.Actor, id, call.Aborted);
        if (id == call.Session.Id)
        {
            SessionCookie.Clear(call.Http);
        }

        return TypedResults.NoContent();
    }

    private static async Task<NoContent> SetLanguageAsync(OwnCall call, JsonBody<LanguageBody> body, SetLanguage set)
    {
        var wanted = await body.ReadAsync();
        await set.RunAsync(call.Actor, wanted.Language ?? "", call.Aborted);
        return TypedResults.NoContent();
    }
}

/// <summary>One of your sessions.</summary>
/// <param name="Browser">The program, such as <c>Firefox</c>; null when it is none we know.</param>
/// <param name="System">Such as <c>Android</c>; null when it does not say.</param>
/// <param name="Address">Where it was begun; null when unknown.</param>
/// <param name="Token">The token or app password it was opened with; null for none.</param>
/// <param name="IsBrowser">Held in a browser's cookie; else by a program.</param>
/// <param name="IsCurrent">Whether it is the one that asks.</param>
internal sealed record OwnSessionItem(
    long Id,
    string? Browser,
    string? System,
    string? Address,
    string? Token,
    bool IsBrowser,
    bool IsCurrent,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastSeenAt,
    DateTimeOffset ExpiresAt)
{
    /// <summary>Shows a session to its owner.</summary>
    public static OwnSessionItem Of(ListedSession session, long current)
    {
        var words = AgentWords.OfKept(session.Agent);
        return new OwnSessionItem(
            session.Id,
            words.Browser,
            words.System,
            session.Address,
            session.TokenName,
            session.IsCookie,
            session.Id == current,
            session.CreatedAt,
            session.LastSeenAt,
            session.ExpiresAt);
    }
}

/// <summary>A language to be written to in.</summary>
internal sealed record LanguageBody([property: Required] string? Language);
