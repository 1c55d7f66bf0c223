using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts.Passwords;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Sends a link for a new password to whoever has an address; tells nobody whether the account exists.</summary>
internal sealed class AskPasswordReset(
    Db db, Policy policy, AccountQueries accounts, AttemptLimits limits, PasswordRows rows, PasswordResets resets, AuditLog audit, TimeProvider clock)
{
    /// <summary>Writes the letter, and a line into the audit book, about “unknown” when nobody has this address; both cost the same.</summary>
    /// <param name="isInvalidated">Makes the old password useless and ends all sessions at once; only for who may change accounts.</param>
    /// <exception cref="ProblemException">
    /// <c>session.none</c>, <c>access.denied</c>, <c>session.too_many_attempts</c>, <c>account.last_administrator</c>.
    /// </exception>
    public async Task RunAsync(Actor actor, string email, bool isInvalidated, CancellationToken cancellationToken)
    {
        if (isInvalidated)
        {
            await policy.RequireAsync(actor, Permission.AccountUpdate, Scope.Installation, cancellationToken);
        }
        else
        {
            // Each one asked for counts, whether there is such an account or not.
            await using var attempt = await limits.BeginGuessAsync("password reset", actor.Address, cancellationToken);
        }

        var account = isInvalidated
            ? await accounts.FindByEmailAsync(email, cancellationToken)
            : await accounts.FindForResetAsync(email, clock.GetUtcNow(), cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        var subject = account?.Id.ToString() ?? "unknown";
        await audit.AppendAsync(
            tx, actor, new AuditEvent("account.ask_reset", null, "account", subject, null), cancellationToken);
        if (isInvalidated && account is not null)
        {
            await LastAdministrators.RequireOthersAsync(tx, account.Id, clock.GetUtcNow(), cancellationToken);
            await rows.SetAsync(tx, actor, account.Id, hash: null, keptSession: null, cancellationToken);
        }

        await resets.BeginAsync(tx, account?.Id, cancellationToken);

        await tx.CommitAsync(cancellationToken);
    }
}
