using System.ComponentModel.DataAnnotations;
using System.Net;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Setup;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/setup</c>: the first minutes of a server.</summary>
internal static class SetupApi
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var setup = api.MapGroup("/setup").WithTags("Set-up");
        setup.MapGet("", GetAsync)
            .Declare("getSetup", "Read whether this server waits to be set up")
            .CalledBy(CallerKind.Anonymous);
        setup.MapPost("", SetUpAsync)
            .Declare("setUp", "Set the server up; the answer holds the recovery key, once")
            .CalledBy(CallerKind.Anonymous)
            .Refuses(403, "setup.code_refused")
            .Refuses(409, "setup.done")
            .Refuses(422, "project.name_invalid", "account.name_invalid", "account.email_invalid", "password.weak", "password.too_long")
            .Refuses(429, "session.too_many_attempts")
            .Refuses(503, "session.busy");
        setup.MapPost("/recovery-key-stored", ConfirmAsync)
            .Declare("confirmRecoveryKey", "Say that the recovery key has been put away", Permission.SettingsUpdate);
    }

    private static async Task<SetupItem> GetAsync(HttpContext http, SetupState state)
    {
        var isNeeded = await state.IsNeededAsync(http.RequestAborted);
        return new SetupItem(isNeeded, isNeeded && !IsOwnMachine(http));
    }

    private static async Task<Created<SetupResult>> SetUpAsync(
        HttpContext http,
        JsonBody<SetupBody> json,
        SetupState state,
        SetUpInstallation setUp,
        FillSampleProject fillSample,
        SetupCode code,
        SessionView sessions)
    {
        var body = await json.ReadAsync();
        var address = ActorResolver.AddressOf(http);
        if (!await state.IsNeededAsync(http.RequestAborted))
        {
            throw SetupProblems.Done();
        }

        if (!IsOwnMachine(http))
        {
            await code.RequireAsync(body.SetupCode, address, http.RequestAborted);
        }

        var terms = new SessionTerms(true, false, http.Request.Headers.UserAgent.ToString());
        var done = await setUp.RunAsync(
            ActorResolver.AnonymousOf(http, Door.Web),
            new SetupAnswers(body.Organisation ?? "", body.Name ?? "", body.Email ?? "", body.Password ?? "", terms),
            http.RequestAborted);
        var session = done.Session ?? throw new InvalidOperationException("The set-up began no session.");
        await SessionCookie.SetAsync(http, session, isSharedComputer: false);

        // After the commit: the recovery key is shown this once, so nothing may stop its answer now.
        var view = await sessions.OfAsync(session.Session, session.Token, CancellationToken.None);
        var hasSample = body.SampleData && await TryFillSampleAsync(fillSample, done.Admin, address);
        return TypedResults.Created((string?)null, new SetupResult(done.RecoveryKey, view, hasSample));
    }

    // The server is set up by now. A sample that fails must not keep the recovery key from its reader; the answer says so.
    private static async Task<bool> TryFillSampleAsync(FillSampleProject fillSample, Account admin, string? address)
    {
        try
        {
            await fillSample.RunAsync(
                new Actor(admin.Id, ActorKind.Account, admin.DisplayName, Door.Web, address), CancellationToken.None);
            return true;
        }
#pragma warning disable CA1031 // Whatever it is, the recovery key goes out.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }

    private static async Task<NoContent> ConfirmAsync(Call call, ConfirmRecoveryKey confirm)
    {
        await confirm.RunAsync(call.Actor, call.Aborted);
        return TypedResults.NoContent();
    }

    // Behind a proxy on the same machine everybody seems to be here; what a proxy adds gives it away.
    private static bool IsOwnMachine(HttpContext http) =>
        http.Connection.RemoteIpAddress is { } address
        && IPAddress.IsLoopback(address)
        && !ForwardedCallers.IsForwarded(http);
}

/// <summary>Whether the server waits to be set up.</summary>
/// <param name="CodeNeeded">Whether the code on the server's console must be given.</param>
internal sealed record SetupItem(bool Needed, bool CodeNeeded);

/// <summary>What sets a server up.</summary>
/// <param name="SetupCode">The code on the server's console; not needed on the server's own machine.</param>
internal sealed record SetupBody(
    [property: Required] string? Organisation,
    [property: Required] string? Name,
    [property: Required] string? Email,
    [property: Required] string? Password,
    bool SampleData = false,
    string? SetupCode = null)
{
    /// <inheritdoc/>
    public override string ToString() => "SetupBody";
}

/// <summary>What came of the set-up.</summary>
/// <param name="RecoveryKey">Opens the keys when all else is lost; shown this once.</param>
/// <param name="SampleData">Whether the sample project was made.</param>
internal sealed record SetupResult(string RecoveryKey, SessionItem Session, bool SampleData)
{
    /// <inheritdoc/>
    public override string ToString() => "SetupResult";
}
