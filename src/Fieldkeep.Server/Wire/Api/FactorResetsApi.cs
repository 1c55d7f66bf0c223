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

/// <summary>Answers what administrators do about others' second factors: who must have one, and help for who lost theirs; and the change of one's password.</summary>
internal static class FactorResetsApi
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/security", GetAsync)
            .WithTags("Security")
            .Declare("getSecurity", "Read who must have a second factor on this server");
        api.MapPut("/security", SetAsync)
            .WithTags("Security")
            .Declare("setSecurity", "Say whether everyone must have a second factor, not only administrators", Permission.SettingsUpdate)
            .Refuses(403, "session.confirmation_needed");
        api.MapGet("/units/{unitId:long}/security", async (Call call, long unitId, FactorRules rules, FactorGrace grace) =>
                new SecurityItem(await rules.IsOfAsync(call.Actor, new UnitId(unitId), call.Aborted), (int)grace.Length.TotalDays))
            .WithTags("Security")
            .Declare("getUnitSecurity", "Read whether everyone of an organisation, branch or team must have a second factor", Permission.UnitRead);
        api.MapPut("/units/{unitId:long}/security", SetOfUnitAsync)
            .WithTags("Security")
            .Declare("setUnitSecurity", "Say whether everyone of an organisation, branch or team must have a second factor", Permission.UnitUpdate)
            .Refuses(403, "session.confirmation_needed");
        api.MapPost("/accounts/{id:long}/factor-reset", AskAsync)
            .WithTags("Security")
            .Declare("askFactorReset", "Take all second factors off the account of someone who lost them, a day from now; its owner can stop it", Permission.AccountUpdate)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(404, "account.not_found")
            .Refuses(409, "factor.reset_waits", "factor.none", "factor.owner_out_of_reach");
        api.MapDelete("/accounts/{id:long}/factor-reset", CancelAsync)
            .WithTags("Security")
            .Declare("cancelFactorReset", "Stop a reset that waits", Permission.AccountUpdate)
            .Refuses(404, "factor.reset_not_found");
        api.MapPost("/factor-resets/cancellation", CancelByLinkAsync)
            .WithTags("Security")
            .Declare("cancelFactorResetByLink", "Stop a reset by the link that the account's owner was sent")
            .CalledBy(CallerKind.Anonymous)
            .Refuses(404, "factor.reset_not_found")
            .Refuses(429, "session.too_many_attempts")
            .Refuses(503, "session.limits_unavailable");
        api.MapPut("/account/password", ReplacePasswordAsync)
            .WithTags("My account")
            .Declare("replaceOwnPassword", "Replace your password by proving the old one; your other sessions end")
            .Refuses(401, "session.refused")
            .Refuses(422, "password.weak", "password.too_long");
    }

    private static async Task<SecurityItem> GetAsync(Call call, FactorRules rules, FactorGrace grace) =>
        new(await rules.IsForEveryoneAsync(call.Aborted), (int)grace.Length.TotalDays);

    private static async Task<NoContent> SetAsync(Call call, JsonBody<SecurityBody> body, FactorRules rules)
    {
        await rules.SetAsync(call.Actor, null, (await body.ReadAsync()).SecondFactorForEveryone, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> SetOfUnitAsync(Call call, long unitId, JsonBody<SecurityBody> body, FactorRules rules)
    {
        var wanted = await body.ReadAsync();
        await rules.SetAsync(call.Actor, new UnitId(unitId), wanted.SecondFactorForEveryone, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<FactorResetItem> AskAsync(Call call, long id, Policy policy, FactorResets resets)
    {
        policy.RequireConfirmed(call.Actor);
        return new FactorResetItem(await resets.AskAsync(call.Actor, new ActorId(id), call.Aborted));
    }

    private static async Task<NoContent> CancelAsync(Call call, long id, FactorResets resets)
    {
        await resets.CancelAsync(call.Actor, new ActorId(id), call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> CancelByLinkAsync(HttpContext http, JsonBody<CancelResetBody> body, FactorResets resets)
    {
        var wanted = await body.ReadAsync();
        var caller = ActorResolver.AnonymousOf(http, Door.Web);
        await resets.CancelByLinkAsync(caller, wanted.Token ?? "", http.RequestAborted);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> ReplacePasswordAsync(
        Call call, JsonBody<OwnPasswordBody> body, ActorResolver actors, ReplacePassword replace, KnownDevices devices)
    {
        var wanted = await body.ReadAsync();
        var session = (await actors.CallerAsync(call.Http)).Session;
        var isKnown = session is { IsCookie: true }
            && await devices.IsKnownAsync(call.Actor.Client.Device, call.Actor.Id, call.Aborted);
        await replace.RunAsync(
            call.Actor, call.Actor.Id, new PasswordChange(wanted.Old ?? "", wanted.New ?? ""), session?.Id, call.Aborted);
        if (isKnown && session is not null)
        {
            // The new password made strangers of all devices; this one was there.
            await DeviceCookie.SetAsync(call.Http, devices, session, isSharedComputer: false);
        }

        return TypedResults.NoContent();
    }
}

/// <summary>Who must have a second factor.</summary>
/// <param name="SecondFactorForEveryone">Whether everyone must, not only administrators and operators.</param>
/// <param name="GraceDays">For how many days one may go on without.</param>
internal sealed record SecurityItem(bool SecondFactorForEveryone, int GraceDays);

/// <summary>Whether everyone must have a second factor.</summary>
internal sealed record SecurityBody(bool SecondFactorForEveryone);

/// <summary>A reset that waits.</summary>
/// <param name="DueAt">When it takes the factors off.</param>
internal sealed record FactorResetItem(DateTimeOffset DueAt);

/// <summary>The secret of a link that stops a reset.</summary>
internal sealed record CancelResetBody([property: Required] string? Token)
{
    /// <inheritdoc/>
    public override string ToString() => "CancelResetBody";
}

/// <summary>One's old and new password.</summary>
internal sealed record OwnPasswordBody([property: Required] string? Old, [property: Required] string? New)
{
    /// <inheritdoc/>
    public override string ToString() => "OwnPasswordBody";
}
