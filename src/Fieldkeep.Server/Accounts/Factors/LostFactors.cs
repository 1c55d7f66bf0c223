using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Takes the factors off an account whose owner lost them, ends its sessions, and tells them.</summary>
internal sealed class LostFactors(AccountFactors factors, Sessions sessions, FactorNotices notices, FactorBook book)
{
    /// <summary>Does it in the caller's transaction, which has locked the account (<see cref="AccountFactors.LockAsync"/>).</summary>
    public async Task RemoveAsync(Tx tx, Actor by, ActorId account, CancellationToken cancellationToken)
    {
        await factors.RemoveAllAsync(tx, account, cancellationToken);
        await sessions.EndAllAsync(tx, account, kept: null, cancellationToken);
        await notices.ChangedAsync(tx, account, cancellationToken);
        await book.AppendAsync(tx, by, account, "factor.reset_done", null, cancellationToken);
    }
}

/// <summary>Takes the factors off an account at once; for the operator at the machine itself, where no letter reaches its owner.</summary>
internal sealed class RemoveLostFactors(
    Db db, Policy policy, AccountFactors factors, WaitingResets waiting, LostFactors lost)
{
    /// <summary>Does it.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>account.not_found</c>, <c>factor.none</c>.</exception>
    public async Task RunAsync(Actor actor, ActorId account, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.AccountUpdate, Scope.Installation, cancellationToken);
        WhoAsks.RequireServer(actor);
        if (!(await factors.OfAsync(account, cancellationToken)).IsOn)
        {
            throw FactorProblems.NoneToRecover();
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        await AccountFactors.LockAsync(tx, account, cancellationToken);
        await waiting.CancelAsync(tx, actor, account, "taken off at once", cancellationToken);
        await lost.RemoveAsync(tx, actor, account, cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }
}
