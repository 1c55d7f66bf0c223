using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Lets a session prove itself again before something that matters: the password and a code, or a passkey.</summary>
internal sealed class ConfirmSession(
    Db db, AccountQueries accounts, AccountFactors factors, CheckPassword check, CodeWithPassword limits, CheckFactor codes, Passkeys passkeys, Sessions sessions, AuditLog audit)
{
    /// <summary>Confirms the session; gives since when it counts as confirmed.</summary>
    /// <param name="passkey">The passkey that answered, in place of password and code; null for none.</param>
    /// <exception cref="ProblemException">
    /// <c>factor.proof_incomplete</c>, <c>session.refused</c>, <c>session.too_many_attempts</c>, <c>session.busy</c>,
    /// <c>password.too_long</c>, <c>factor.refused</c>, <c>factor.passkey_refused</c>, <c>factor.passkey_new</c>, <c>factor.locked</c>.
    /// </exception>
    public async Task<DateTimeOffset> RunAsync(
        Actor actor, Session session, string? password, FactorCode code, ProvenPasskey? passkey, CancellationToken cancellationToken)
    {
        var account = await accounts.FindAsync(actor.Id, cancellationToken) ?? throw AccountProblems.AccountUnknown();
        if (passkey is null)
        {
            await RequireAsync(actor, account, password, code, cancellationToken);
        }
        else if (!WhoAsks.IsSelf(actor, passkey.Owner) || await passkeys.FindAsync(passkey.CredentialId, cancellationToken) is not { } known)
        {
            throw FactorProblems.PasskeyRefused();
        }
        else if (known.CreatedAt >= session.CreatedAt)
        {
            // Whoever found the session open may have made it.
            throw FactorProblems.PasskeyTooNew();
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        if (passkey is not null && !await passkeys.NoteUseAsync(tx, actor, passkey, cancellationToken))
        {
            throw FactorProblems.PasskeyRefused();
        }

        var at = await sessions.ConfirmAsync(tx, session.Id, cancellationToken);
        var by = passkey is null ? "password" : "passkey";
        await audit.AppendAsync(
            tx, actor, new AuditEvent("session.confirm", null, "session", session.Id.ToString(), by), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return at;
    }

    private async Task RequireAsync(
        Actor actor, Account account, string? password, FactorCode code, CancellationToken cancellationToken)
    {
        var isOn = (await factors.OfAsync(account.Id, cancellationToken)).IsOn;
        if (string.IsNullOrEmpty(password) || (isOn && code.IsEmpty))
        {
            throw FactorProblems.ProofIncomplete();
        }

        await using var attempt = isOn ? await limits.BeginAsync(actor, account.Email, cancellationToken) : null;
        var shown = await CodeWithPassword.PassAsync(attempt, check.RunAsync(actor, account.Email, password, cancellationToken));
        if (shown.Account.Id != account.Id)
        {
            throw AccountProblems.Refused();
        }

        if (isOn)
        {
            await codes.RequireAsync(actor, account.Id, code, cancellationToken);
            attempt?.Succeeded();
        }
    }
}
