using System.Net;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Setup;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/setup</c>: the first minutes of a server.</summary>
internal static class SetupApi
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/setup", GetAsync);
        api.MapPost("/setup", SetUpAsync);
        api.MapPost("/setup/recovery-key-stored", ConfirmAsync);
    }

    private static async Task<IResult> GetAsync(
        HttpContext http, SetupState state, CancellationToken cancellationToken)
    {
        var isNeeded = await state.IsNeededAsync(cancellationToken);
        return WireJson.Answer(new { needed = isNeeded, codeNeeded = isNeeded && !IsOwnMachine(http) });
    }

    private static async Task<IResult> SetUpAsync(
        HttpContext http,
        SetupState state,
        SetUpInstallation setUp,
        FillSampleProject fillSample,
        SetupCode code,
        Grants grants,
        OrganisationQueries organisations,
        CancellationToken cancellationToken)
    {
        var body = await WireJson.ReadAsync<SetupBody>(http, cancellationToken);
        var address = ActorResolver.AddressOf(http);
        if (!await state.IsNeededAsync(cancellationToken))
        {
            throw SetupProblems.Done();
        }

        if (!IsOwnMachine(http))
        {
            code.Require(body.SetupCode, address);
        }

        var terms = new SessionTerms(true, false, http.Request.Headers.UserAgent.ToString());
        var done = await setUp.RunAsync(
            Actor.Anonymous(Door.Web, address),
            new SetupAnswers(body.Organisation ?? "", body.Name ?? "", body.Email ?? "", body.Password ?? "", terms),
            cancellationToken);
        var session = done.Session ?? throw new InvalidOperationException("The set-up began no session.");
        SessionCookie.Set(http, session, isSharedComputer: false);

        // After the commit: the recovery key is shown this once, so nothing may stop its answer now.
        var view = await SessionApi.ViewAsync(
            session.Session, session.Token, grants, organisations, CancellationToken.None);
        var hasSample = body.SampleData && await TryFillSampleAsync(fillSample, done.Admin, address);
        return WireJson.Answer(
            new { recoveryKey = done.RecoveryKey, session = view, sampleData = hasSample }, StatusCodes.Status201Created);
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

    private static async Task<IResult> ConfirmAsync(
        HttpContext http, ActorResolver actors, ConfirmRecoveryKey confirm, CancellationToken cancellationToken)
    {
        var actor = await actors.RequireAsync(http);
        await confirm.RunAsync(actor, cancellationToken);
        return Results.NoContent();
    }

    // Behind a proxy on the same machine everybody seems to be here; what a proxy adds gives it away.
    private static bool IsOwnMachine(HttpContext http) =>
        http.Connection.RemoteIpAddress is { } address
        && IPAddress.IsLoopback(address)
        && !http.Request.Headers.ContainsKey("X-Forwarded-For")
        && !http.Request.Headers.ContainsKey("Forwarded")
        && !http.Request.Headers.ContainsKey("Via");

    private sealed record SetupBody(
        string? Organisation, string? Name, string? Email, string? Password, bool SampleData, string? SetupCode);
}
