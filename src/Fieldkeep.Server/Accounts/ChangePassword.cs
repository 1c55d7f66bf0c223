using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Accounts;

/// <summary>Sets a new password for someone else's account, by an administrator or the command line, and ends its sessions.</summary>
internal sealed class ChangePassword(
    Db db, Grants grants, AccountQueries accounts, PasswordHash passwords, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const string SetPassword = """
        update accounts.accounts set password_hash = @hash, password_changed_at = @now
        where actor_id = @id and deleted_at is null
        """;
    private const string EndSessions = """
        update accounts.sessions set ended_at = @now where actor_id = @id and ended_at is null
        """;

    /// <summary>Sets the password.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>account.not_found</c>, <c>password.weak</c>, <c>password.too_long</c>.
    /// </exception>
    public async Task RunAsync(Actor actor, ActorId account, string password, CancellationToken cancellationToken)
    {
        await grants.RequireAsync(actor, Permission.AccountUpdate, Scope.Installation, cancellationToken);
        var person = await accounts.FindAsync(account, cancellationToken) ?? throw AccountProblems.AccountUnknown();
        PasswordStrength.Require(password, [person.Email, person.DisplayName]);
        var hash = await passwords.OfAsync(password, cancellationToken);
        var now = clock.GetUtcNow();
        await using var tx = await db.BeginAsync(cancellationToken);
        await tx.ExecuteAsync(SetPassword, new { id = account.Value, hash, now }, cancellationToken);
        await tx.ExecuteAsync(EndSessions, new { id = account.Value, now }, cancellationToken);
        await changes.AppendAsync(
            tx, actor, new Change("account.password", null, "account", account.ToString(), null, new { changed = true }), cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("account.password", null, "account", account.ToString(), null), cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }
}
