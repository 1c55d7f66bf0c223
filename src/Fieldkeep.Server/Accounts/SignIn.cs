using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Accounts.External;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Begins a session for someone who knows an e-mail address and its password, or asks for the second factor that the account has.</summary>
internal sealed class SignIn(
    Db db, CheckPassword check, CodeWithPassword codes, CheckFactor factor, TakeResetEffect resets, FactorDuty duty, Tickets tickets, OpenSession open, NoteSignIn note)
{
    /// <summary>What tickets of a sign-in are sealed for.</summary>
    public const string TicketPurpose = "sign_in";

    /// <summary>Begins the session, or gives the challenge to answer first.</summary>
    /// <exception cref="ProblemException">
    /// <c>session.refused</c>, <c>session.too_many_attempts</c>, <c>session.busy</c>, <c>password.too_long</c>; without a
    /// browser also <c>factor.totp_needed</c>, <c>factor.refused</c>, <c>factor.locked</c>, <c>session.second_factor_needed</c>.
    /// </exception>
    public async Task<SignInStep> RunAsync(Actor caller, PasswordShown shown, SessionTerms terms, CancellationToken cancellationToken)
    {
        var hasCode = !terms.IsCookie && !string.IsNullOrWhiteSpace(shown.Totp);
        await using var attempt = hasCode ? await codes.BeginAsync(caller, shown.Email, cancellationToken) : null;
        var found = await CodeWithPassword.PassAsync(attempt, check.RunAsync(caller, shown.Email, shown.Password, cancellationToken));
        var account = found.Account;
        var isOn = found.HasSecondFactor;
        if (isOn && await resets.RunAsync(account, cancellationToken) is { } without)
        {
            (account, isOn) = (without, false);
        }

        if (isOn && terms.IsCookie)
        {
            var ticket = tickets.Issue(
                TicketPurpose, new SignInTicket(account.Id.Value, account.CredentialsVersion, terms.IsSharedComputer));
            return new SignInStep(null, new SignInChallenge(ticket, account.Id));
        }

        if (isOn)
        {
            var totp = string.IsNullOrWhiteSpace(shown.Totp) ? throw FactorProblems.TotpNeeded() : shown.Totp;
            await factor.RequireAsync(caller, account.Id, new FactorCode(totp, null), cancellationToken);
        }
        else if (!terms.IsCookie && await duty.IsOverdueAsync(account.Id, cancellationToken))
        {
            throw AccessProblems.FactorNeeded();
        }

        attempt?.Succeeded();
        await using var tx = await db.BeginAsync(cancellationToken);
        var way = isOn ? "password, totp" : "password";
        var session = await open.JoinAsync(tx, caller, account, terms, way, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        note.Take(caller, session, way);
        return new SignInStep(session, null);
    }
}

/// <summary>What someone shows to sign in.</summary>
/// <param name="Totp">Six digits of an authenticator app, where there is no second step; else null.</param>
internal sealed record PasswordShown(string Email, string Password, string? Totp = null)
{
    /// <inheritdoc/>
    public override string ToString() => "PasswordShown";
}

/// <summary>What a sign-in came to: a session, or a challenge.</summary>
internal sealed record SignInStep(NewSession? Session, SignInChallenge? Challenge);

/// <summary>The password was right and a second factor is asked for.</summary>
internal sealed record SignInChallenge(IssuedTicket Ticket, ActorId Account);

/// <summary>What is remembered between the two steps of a sign-in.</summary>
/// <param name="CredentialsVersion">The account's when the password was shown: a new password and a changed factor end the sign-in.</param>
/// <param name="Joining">The identity at another provider that is joined to the account once the second factor was shown; null for none.</param>
internal sealed record SignInTicket(long Account, long CredentialsVersion, bool IsSharedComputer, ExternalIdentity? Joining = null);
