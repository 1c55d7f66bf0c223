using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Sets up an authenticator app on one's own account: a secret is shown once, and counts from its first right code on.</summary>
internal sealed class EnrolTotp(
    Db db, TotpSecrets secrets, RecoveryCodes recovery, AccountFactors factors, FactorTries tries, Sessions sessions, FactorNotices notices, FactorBook book)
{
    /// <summary>Makes the secret; one in use goes on until the new one is activated.</summary>
    /// <exception cref="ProblemException"><c>session.none</c>.</exception>
    public async Task<byte[]> BeginAsync(Actor actor, Session session, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        await AccountFactors.LockForAsync(tx, session, cancellationToken);
        var secret = await secrets.BeginAsync(tx, actor.Id, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return secret;
    }

    /// <summary>Takes the secret into use; gives new recovery codes. All other sessions end, for they were begun without it.</summary>
    /// <exception cref="ProblemException"><c>factor.not_begun</c>, <c>factor.refused</c>, <c>factor.locked</c>.</exception>
    public async Task<IReadOnlyList<string>> ActivateAsync(
        Actor actor, Session session, string code, CancellationToken cancellationToken)
    {
        await tries.BeginAsync(actor.Id, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        await AccountFactors.LockForAsync(tx, session, cancellationToken);
        if (!await secrets.ActivateAsync(tx, actor.Id, code, cancellationToken))
        {
            throw FactorProblems.CodeRefused();
        }

        await factors.RefreshAsync(tx, actor.Id, cancellationToken);
        var codes = await recovery.RenewAsync(tx, actor.Id, cancellationToken);
        await sessions.EndAllAsync(tx, actor.Id, session.Id, cancellationToken);
        await notices.ChangedAsync(tx, actor.Id, cancellationToken);
        await book.AppendAsync(tx, actor, actor.Id, "factor.totp_on", null, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        await tries.TakeBackAsync(actor.Id, CancellationToken.None); // The factor is on, whoever is gone meanwhile.
        return codes;
    }
}
