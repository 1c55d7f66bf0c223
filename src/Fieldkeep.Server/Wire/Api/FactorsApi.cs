using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Wire.Shared;
using Fieldkeep.Server.Wire.Shared.Passkeys;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/account/factors</c>: one's own authenticator app, passkeys and recovery codes.</summary>
internal static class FactorsApi
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var factors = api.MapGroup("/account/factors").WithTags("My account").OpenToEnrol().Refuses(403, "session.needed");
        factors.MapGet("", GetAsync).Declare("getFactors", "Read which second factors you have");
        factors.MapPost("/totp", BeginTotpAsync)
            .Declare("beginTotp", "Get the secret of a new authenticator app, shown this once; its first code takes it into use")
            .Refuses(403, "session.confirmation_needed");
        factors.MapPost("/totp/activation", ActivateTotpAsync)
            .Declare("activateTotp", "Take a new authenticator app into use by its first code; gives recovery codes and ends your other sessions")
            .Refuses(401, "factor.refused")
            .Refuses(403, "session.confirmation_needed")
            .Refuses(409, "factor.not_begun")
            .Refuses(429, "factor.locked");
        factors.MapDelete("/totp", RemoveTotpAsync)
            .Declare("removeTotp", "Take the authenticator app off; your other sessions end")
            .Refuses(403, "session.confirmation_needed")
            .Refuses(404, "factor.not_found")
            .Refuses(409, "factor.needed");
        factors.MapPost("/recovery-codes", RenewCodesAsync)
            .Declare("renewRecoveryCodes", "Make new recovery codes in place of those before, shown this once")
            .Refuses(403, "session.confirmation_needed")
            .Refuses(409, "factor.none");
        MapPasskeys(factors.MapGroup("/passkeys"));
        factors.MapDelete("/reset", CancelResetAsync)
            .Declare("cancelOwnReset", "Stop the reset of your second factor that an administrator asked for")
            .Refuses(404, "factor.reset_not_found");
    }

    private static void MapPasskeys(RouteGroupBuilder passkeys)
    {
        passkeys.MapPost("/question", AskAsync)
            .Declare("askNewPasskey", "Get a question for a new passkey")
            .Refuses(403, "session.confirmation_needed");
        passkeys.MapPost("", AddAsync)
            .Declare("addPasskey", "Register a passkey; the first factor of an account brings recovery codes")
            .Refuses(401, "factor.ticket_refused")
            .Refuses(403, "session.confirmation_needed")
            .Refuses(409, "factor.too_many")
            .Refuses(422, "factor.name_invalid", "factor.passkey_unfit");
        passkeys.MapPatch("/{id:long}", RenameAsync)
            .Declare("renamePasskey", "Give a passkey another name")
            .Refuses(404, "factor.not_found")
            .Refuses(422, "factor.name_invalid");
        passkeys.MapDelete("/{id:long}", RemoveAsync)
            .Declare("removePasskey", "Remove a passkey; your other sessions end")
            .Refuses(403, "session.confirmation_needed")
            .Refuses(404, "factor.not_found")
            .Refuses(409, "factor.needed");
    }

    private static async Task<FactorsItem> GetAsync(OwnCall call, AccountFactors factors, Passkeys passkeys, FactorDuty duty)
    {
        WhoAsks.RequirePerson(call.Actor);
        var state = await factors.OfAsync(call.Actor.Id, call.Aborted);
        var list = await passkeys.ListAsync(call.Actor.Id, call.Aborted);
        return new FactorsItem(
            state.TotpSince,
            [.. list.Select(PasskeyItem.Of)],
            state.IsOn ? state.RecoveryCodesLeft : null,
            await duty.IsBoundAsync(call.Actor.Id, call.Aborted),
            state.ResetDueAt);
    }

    private static async Task<NewTotpItem> BeginTotpAsync(OwnCall call, Policy policy, EnrolTotp enrol)
    {
        var session = AddingSessionOf(call, policy);
        return NewTotpItem.Of(await enrol.BeginAsync(call.Actor, session, call.Aborted), session.Email, call.Http.Request.Host.Host);
    }

    private static async Task<RecoveryCodesItem> ActivateTotpAsync(
        OwnCall call, JsonBody<TotpBody> body, Policy policy, EnrolTotp enrol)
    {
        var session = AddingSessionOf(call, policy);
        var wanted = await body.ReadAsync();
        return new RecoveryCodesItem(await enrol.ActivateAsync(call.Actor, session, wanted.Code ?? "", call.Aborted));
    }

    private static async Task<NoContent> RemoveTotpAsync(OwnCall call, Policy policy, RemoveFactor remove)
    {
        var session = ProvenSessionOf(call, policy);
        await remove.RemoveTotpAsync(call.Actor, session, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<RecoveryCodesItem> RenewCodesAsync(OwnCall call, Policy policy, RemoveFactor remove)
    {
        var session = ProvenSessionOf(call, policy);
        return new RecoveryCodesItem(await remove.RenewCodesAsync(call.Actor, session, call.Aborted));
    }

    private static async Task<PasskeyQuestion> AskAsync(
        OwnCall call, AccountQueries accounts, Policy policy, PasskeyCeremonies ceremonies)
    {
        _ = AddingSessionOf(call, policy);
        var account = await accounts.FindAsync(call.Actor.Id, call.Aborted) ?? throw AccountProblems.AccountUnknown();
        return await ceremonies.AskForNewAsync(call.Http, account);
    }

    private static async Task<NewPasskeyItem> AddAsync(
        OwnCall call, JsonBody<NewPasskeyBody> body, Policy policy, PasskeyCeremonies ceremonies, RegisterPasskey register)
    {
        var session = AddingSessionOf(call, policy);
        var wanted = await body.ReadAsync();
        var name = Passkeys.CheckName(wanted.Name);
        var proven = await ceremonies.TakeNewAsync(call.Http, call.Actor.Id, wanted.Passkey);
        var (id, codes) = await register.RunAsync(call.Actor, session, name, proven, call.Aborted);
        return new NewPasskeyItem(id, codes);
    }

    private static async Task<NoContent> RenameAsync(OwnCall call, long id, JsonBody<PasskeyNameBody> body, RegisterPasskey register)
    {
        var wanted = await body.ReadAsync();
        await register.RenameAsync(call.Actor, id, wanted.Name, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> RemoveAsync(OwnCall call, long id, Policy policy, RemoveFactor remove)
    {
        var session = ProvenSessionOf(call, policy);
        await remove.RemovePasskeyAsync(call.Actor, session, id, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> CancelResetAsync(OwnCall call, FactorResets resets)
    {
        await resets.CancelAsync(call.Actor, call.Actor.Id, call.Aborted);
        return TypedResults.NoContent();
    }

    // The first factor needs a sign-in of the last ten minutes. Who has one shows it for another, or a session left open could make
    // one that belongs to somebody else.
    private static Session AddingSessionOf(OwnCall call, Policy policy)
    {
        policy.RequireFresh(call.Actor);
        return call.Session.HasSecondFactor ? ProvenSessionOf(call, policy) : call.Session;
    }

    // To take a factor off, having signed in is not enough: password and code, or a passkey, once more.
    private static Session ProvenSessionOf(OwnCall call, Policy policy)
    {
        policy.RequireFresh(call.Actor);
        return call.Session.ConfirmedAt > call.Session.CreatedAt ? call.Session : throw AccessProblems.ConfirmationNeeded();
    }
}
