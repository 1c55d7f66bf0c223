using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Begins the session of someone whose passkey answered: the device and the person's finger, face or PIN are two factors in one.</summary>
internal sealed class SignInWithPasskey(Db db, Passkeys passkeys, TakeResetEffect resets, AccountQueries accounts, OpenSession open, NoteSignIn note)
{
    /// <summary>Begins the session.</summary>
    /// <exception cref="ProblemException">
    /// <c>factor.passkey_refused</c>: the passkey or its account was removed, or a reset was due; <c>session.refused</c>.
    /// </exception>
    public async Task<NewSession> RunAsync(
        Actor caller, ProvenPasskey passkey, SessionTerms terms, CancellationToken cancellationToken)
    {
        var account = await accounts.FindAsync(passkey.Owner, cancellationToken) ?? throw FactorProblems.PasskeyRefused();
        if (await resets.RunAsync(account, cancellationToken) is not null)
        {
            throw FactorProblems.PasskeyRefused();
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        var session = await open.JoinAsync(tx, caller, account, terms, "passkey", cancellationToken);
        if (!await passkeys.NoteUseAsync(tx, caller, passkey, cancellationToken))
        {
            throw FactorProblems.PasskeyRefused();
        }

        await tx.CommitAsync(cancellationToken);
        note.Take(caller, session, "passkey");
        return session;
    }
}
