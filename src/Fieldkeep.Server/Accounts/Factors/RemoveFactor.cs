using Fieldkeep.Server.Accounts.Tokens;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Takes a factor off one's own account, or makes new recovery codes; all other sessions end when a factor goes.</summary>
internal sealed class RemoveFactor(
    Db db, AccountFactors factors, FactorDuty duty, RecoveryCodes recovery, Sessions sessions, FactorNotices notices, FactorBook book, TimeProvider clock)
{
    /// <summary>Removes the authenticator app.</summary>
    /// <exception cref="ProblemException"><c>factor.not_found</c>, <c>factor.needed</c>.</exception>
    public Task RemoveTotpAsync(Actor actor, Session session, CancellationToken cancellationToken) =>
        RemoveAsync(
            actor,
            session,
            "factor.totp_off",
            async tx =>
            {
                if (!await TotpSecrets.RemoveAsync(tx, actor.Id, cancellationToken))
                {
                    throw FactorProblems.Unknown();
                }
            },
            cancellationToken);

    /// <summary>Removes a passkey.</summary>
    /// <exception cref="ProblemException"><c>factor.not_found</c>, <c>factor.needed</c>.</exception>
    public Task RemovePasskeyAsync(Actor actor, Session session, long id, CancellationToken cancellationToken) =>
        RemoveAsync(
            actor,
            session,
            "factor.passkey_off",
            tx => Passkeys.RemoveAsync(tx, actor.Id, id, cancellationToken),
            cancellationToken);

    /// <summary>Makes new recovery codes in place of those before.</summary>
    /// <exception cref="ProblemException"><c>factor.none</c>.</exception>
    public async Task<IReadOnlyList<string>> RenewCodesAsync(
        Actor actor, Session session, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        await AccountFactors.LockForAsync(tx, session, cancellationToken);
        if (!await factors.RefreshAsync(tx, actor.Id, cancellationToken))
        {
            throw FactorProblems.NoneToRecover();
        }

        var codes = await recovery.RenewAsync(tx, actor.Id, cancellationToken);
        await notices.RecoveryCodesRenewedAsync(tx, actor.Id, cancellationToken);
        await book.AppendAsync(tx, actor, actor.Id, "factor.recovery_renew", null, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return codes;
    }

    private async Task RemoveAsync(
        Actor actor, Session session, string action, Func<Tx, Task> remove, CancellationToken cancellationToken)
    {
        var isBound = await duty.IsBoundAsync(actor.Id, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        await AccountFactors.LockForAsync(tx, session, cancellationToken);
        await remove(tx);
        if (!await factors.RefreshAsync(tx, actor.Id, cancellationToken) && isBound)
        {
            throw FactorProblems.Needed();
        }

        await sessions.EndAllAsync(tx, actor.Id, session.Id, cancellationToken);
        await AccessTokens.EndAllAsync(tx, actor.Id, actor.Id, clock.GetUtcNow(), cancellationToken);
        await notices.ChangedAsync(tx, actor.Id, cancellationToken);
        await book.AppendAsync(tx, actor, actor.Id, action, null, cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }
}
