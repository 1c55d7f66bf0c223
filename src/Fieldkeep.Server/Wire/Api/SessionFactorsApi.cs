using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Attempts;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Wire.Shared;
using Fieldkeep.Server.Wire.Shared.Passkeys;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers below <c>/api/session</c>: the second step of a sign-in, passkeys, and proving oneself again.</summary>
internal static class SessionFactorsApi
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder session)
    {
        session.MapPost("/factor", CompleteAsync)
            .Declare("completeSignIn", "Finish a sign-in with a code, a recovery code or a passkey; the answer sets the session cookie")
            .CalledBy(CallerKind.Anonymous)
            .Refuses(401, "factor.refused", "factor.passkey_refused", "factor.ticket_refused", "session.refused")
            .Refuses(403, "account.suspended")
            .Refuses(422, "factor.proof_incomplete")
            .Refuses(429, "factor.locked", "session.too_many_attempts")
            .Refuses(503, "session.limits_unavailable");
        session.MapPost("/passkey-question", AskAsync)
            .Declare("askPasskey", "Get a question for a passkey: to sign in with it alone, or as the second step of the sign-in of a ticket")
            .CalledBy(CallerKind.Anonymous)
            .Refuses(401, "factor.ticket_refused");
        session.MapPost("/passkey", SignInAsync)
            .Declare("signInWithPasskey", "Sign in with a passkey alone; the answer sets the session cookie")
            .CalledBy(CallerKind.Anonymous)
            .Refuses(401, "factor.passkey_refused", "factor.ticket_refused", "session.refused")
            .Refuses(403, "account.suspended")
            .Refuses(429, "session.too_many_attempts");
        session.MapPost("/confirmation-question", AskToConfirmAsync)
            .Declare("askPasskeyToConfirm", "Get a question for one of your passkeys, to confirm that it is you")
            .OpenToEnrol();
        session.MapPost("/confirmation", ConfirmAsync)
            .Declare("confirmSession", "Confirm that it is you, with password and code or with a passkey; lasts ten minutes")
            .OpenToEnrol()
            .Refuses(401, "factor.refused", "factor.passkey_refused", "factor.passkey_new", "factor.ticket_refused", "session.password_disowned")
            .Refuses(422, "factor.proof_incomplete", "password.too_long")
            .Refuses(429, "factor.locked");
    }

    private static async Task<SessionItem> CompleteAsync(
        HttpContext http,
        JsonBody<FactorBody> body,
        CompleteSignIn complete,
        Tickets tickets,
        PasskeyCeremonies passkeys,
        AttemptLimits limits,
        KnownDevices devices,
        SessionView view)
    {
        var wanted = await body.ReadAsync();
        var caller = ActorResolver.AnonymousOf(http, Door.Web);
        var ticket = ReadTicket(tickets, limits, caller, wanted.Ticket);
        // Only who showed a password has a ticket; wrong codes of one person hold up nobody else behind the same address.
        await using var attempt = await limits.BeginGuessAsync($"factor step {ticket.Account}", caller.Address, http.RequestAborted);
        var code = new FactorCode(wanted.Totp, wanted.RecoveryCode);
        if (wanted.Passkey is null && code.IsEmpty)
        {
            throw FactorProblems.ProofIncomplete();
        }

        var proven = wanted.Passkey is { } answer
            ? await passkeys.TakeAsync(http, PasskeyUse.SecondStep, new ActorId(ticket.Account), answer)
            : null;
        var session = await complete.RunAsync(
            caller, wanted.Ticket, code, proven, http.Request.Headers.UserAgent.ToString(), http.RequestAborted);
        attempt.Succeeded();
        return await SessionApi.EnterAsync(http, session, ticket.IsSharedComputer, devices, view);
    }

    private static async Task<PasskeyQuestion> AskAsync(
        HttpContext http, JsonBody<PasskeyQuestionBody> body, Tickets tickets, PasskeyCeremonies passkeys)
    {
        var wanted = await body.ReadAsync();
        return wanted.Ticket is { } text
            ? await passkeys.AskAsync(
                http, PasskeyUse.SecondStep, new ActorId(tickets.Read<SignInTicket>(SignIn.TicketPurpose, text).Account))
            : await passkeys.AskAsync(http, PasskeyUse.SignIn, null);
    }

    private static async Task<SessionItem> SignInAsync(
        HttpContext http,
        JsonBody<PasskeySignInBody> body,
        PasskeyCeremonies passkeys,
        SignInWithPasskey signIn,
        AttemptLimits limits,
        KnownDevices devices,
        SessionView view)
    {
        var wanted = await body.ReadAsync();
        var caller = ActorResolver.AnonymousOf(http, Door.Web);
        var terms = new SessionTerms(true, wanted.SharedComputer, http.Request.Headers.UserAgent.ToString());
        NewSession session;
        try
        {
            var proven = await passkeys.TakeAsync(http, PasskeyUse.SignIn, null, wanted.Passkey);
            session = await signIn.RunAsync(caller, proven, terms, http.RequestAborted);
        }
        catch (ProblemException problem) when (problem.Status == 401)
        {
            // Nobody guesses a signature: counted as noise is, and never in the way of a true passkey.
            limits.CountUnknownToken(caller.Address);
            throw;
        }

        return await SessionApi.EnterAsync(http, session, wanted.SharedComputer, devices, view);
    }

    private static SignInTicket ReadTicket(Tickets tickets, AttemptLimits limits, Actor caller, string? text)
    {
        try
        {
            return tickets.Read<SignInTicket>(SignIn.TicketPurpose, text);
        }
        catch (ProblemException)
        {
            limits.CountUnknownToken(caller.Address);
            throw;
        }
    }

    private static async Task<PasskeyQuestion> AskToConfirmAsync(Call call, PasskeyCeremonies passkeys) =>
        await passkeys.AskAsync(call.Http, PasskeyUse.Confirm, call.Actor.Id);

    private static async Task<ConfirmationItem> ConfirmAsync(
        Call call, JsonBody<ConfirmationBody> body, ActorResolver actors, PasskeyCeremonies passkeys, ConfirmSession confirm)
    {
        var session = (await actors.CallerAsync(call.Http)).Session ?? throw AccessProblems.SignInNeeded();
        var wanted = await body.ReadAsync();
        var proven = wanted.Passkey is { } answer
            ? await passkeys.TakeAsync(call.Http, PasskeyUse.Confirm, call.Actor.Id, answer)
            : null;
        var code = new FactorCode(wanted.Totp, wanted.RecoveryCode);
        var at = await confirm.RunAsync(call.Actor, session, wanted.Password, code, proven, call.Aborted);
        return new ConfirmationItem(at + Policy.ConfirmationLasts);
    }
}

/// <summary>The second step of a sign-in: a ticket, and one of the three.</summary>
/// <param name="Totp">Six digits of the authenticator app.</param>
/// <param name="RecoveryCode">A recovery code.</param>
/// <param name="Passkey">A passkey's answer to a question got with the same ticket.</param>
internal sealed record FactorBody([property: Required] string? Ticket, string? Totp, string? RecoveryCode, PasskeyAnswer? Passkey)
{
    /// <inheritdoc/>
    public override string ToString() => "FactorBody";
}

/// <summary>What a passkey is asked for.</summary>
/// <param name="Ticket">That of a sign-in whose second step it is; null to sign in with the passkey alone.</param>
internal sealed record PasskeyQuestionBody(string? Ticket)
{
    /// <inheritdoc/>
    public override string ToString() => "PasskeyQuestionBody";
}

/// <summary>What signs a person in without a password.</summary>
/// <param name="SharedComputer">Whether the browser shall forget the session when it is closed.</param>
internal sealed record PasskeySignInBody([property: Required] PasskeyAnswer? Passkey, bool SharedComputer = false);

/// <summary>What shows that it is still the same person: the password, with a code where the account has a second factor; or a passkey.</summary>
internal sealed record ConfirmationBody(string? Password, string? Totp, string? RecoveryCode, PasskeyAnswer? Passkey)
{
    /// <inheritdoc/>
    public override string ToString() => "ConfirmationBody";
}

/// <summary>A session that proved itself again.</summary>
/// <param name="Until">How long that counts.</param>
internal sealed record ConfirmationItem(DateTimeOffset Until);
