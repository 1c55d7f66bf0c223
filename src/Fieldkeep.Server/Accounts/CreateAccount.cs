using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts.Passwords;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Creates an account for a person; it holds no role until one is assigned.</summary>
internal sealed class CreateAccount(Db db, Policy policy, AccountRows rows, PasswordResets resets)
{
    /// <summary>Creates the account. Without a password its owner gets a letter with a link to set one.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>account.email_invalid</c>, <c>account.email_taken</c>, <c>account.name_invalid</c>,
    /// <c>password.weak</c>, <c>password.too_long</c>.
    /// </exception>
    public async Task<Account> RunAsync(Actor actor, NewAccount account, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.AccountCreate, Scope.Installation, cancellationToken);
        var prepared = await rows.PrepareAsync(account, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        var created = await rows.InsertAsync(tx, actor, actor.Door, prepared, cancellationToken);
        if (prepared.PasswordHash is null)
        {
            await resets.WelcomeAsync(tx, created.Id, cancellationToken);
        }

        await tx.CommitAsync(cancellationToken);
        return created;
    }
}
