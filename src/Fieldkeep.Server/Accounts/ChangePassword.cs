using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Sets a new password for someone else's account, by an administrator or the command line, and ends its sessions.</summary>
internal sealed class ChangePassword(Db db, Policy policy, AccountQueries accounts, PasswordHash passwords, PasswordRows rows)
{
    /// <summary>Sets the password.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>account.not_found</c>, <c>password.weak</c>, <c>password.too_long</c>.
    /// </exception>
    public async Task RunAsync(Actor actor, ActorId account, string password, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.AccountUpdate, Scope.Installation, cancellationToken);
        var person = await accounts.FindAsync(account, cancellationToken) ?? throw AccountProblems.AccountUnknown();
        PasswordStrength.Require(password, [person.Email, person.DisplayName]);
        var hash = await passwords.OfAsync(password, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        await rows.SetAsync(tx, actor, account, hash, keptSession: null, cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }
}
