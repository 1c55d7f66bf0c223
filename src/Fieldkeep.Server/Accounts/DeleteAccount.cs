using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts.External;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Accounts.Passwords;
using Fieldkeep.Server.Accounts.Tokens;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Accounts;

/// <summary>Ends an account: no sign-in, no session, no role from the next request on. What its owner did stays in the books.</summary>
internal sealed class DeleteAccount(
    Db db,
    Policy policy,
    GrantRows grants,
    Members members,
    AccountQueries accounts,
    AccountFactors factors,
    ChangeLog changes,
    AuditLog audit,
    TimeProvider clock)
{
    private const string EndActor = """
        update accounts.actors set deleted_at = @now, updated_at = @now
        where id = @id and kind = 'account' and deleted_at is null
        """;
    private const string EndAccount = """
        update accounts.accounts set deleted_at = @now, password_hash = null, password_changed_at = @now,
            former_email = null, former_email_key = null, credentials_version = credentials_version + 1
        where actor_id = @id
        """;
    private const string EndSessions = """
        update accounts.sessions set ended_at = @now where actor_id = @id and ended_at is null
        """;
    private const string EndPreferences = "delete from accounts.preferences where actor_id = @id";

    /// <summary>Ends the account.</summary>
    /// <exception cref="ProblemException">
    /// <c>account.not_found</c>, <c>access.denied</c>, <c>account.last_administrator</c>,
    /// <c>session.confirmation_needed</c>.
    /// </exception>
    public async Task RunAsync(Actor actor, ActorId id, CancellationToken cancellationToken)
    {
        var account = await accounts.GetAsync(actor, id, cancellationToken);
        await policy.RequireAsync(actor, Permission.AccountUpdate, Scope.Installation, cancellationToken);
        policy.RequireConfirmed(actor);
        var key = new { id = id.Value, now = clock.GetUtcNow() };
        await using var tx = await db.BeginAsync(cancellationToken);
        if (await tx.ExecuteAsync(EndActor, key, cancellationToken) == 0)
        {
            throw AccountProblems.AccountUnknown();
        }

        await LastAdministrators.RequireOthersAsync(tx, id, clock.GetUtcNow(), cancellationToken);

        await tx.ExecuteAsync(EndAccount, key, cancellationToken);
        await tx.ExecuteAsync(EndSessions, key, cancellationToken);
        await AccessTokens.EndAllAsync(tx, id, actor.Id, key.now, cancellationToken);
        await PasswordResets.EndAllAsync(tx, id, key.now, cancellationToken);
        await ExternalIdentities.EndAllAsync(tx, id, key.now, cancellationToken);
        await tx.ExecuteAsync(EndPreferences, key, cancellationToken);
        await factors.RemoveAllAsync(tx, id, cancellationToken);
        await grants.EndAllAsync(tx, actor, id, cancellationToken);
        await members.EndAllAsync(tx, actor, id, cancellationToken);
        var before = new { email = account.Email, displayName = account.DisplayName };
        await changes.AppendAsync(
            tx, actor, new Change("account.delete", null, "account", id.ToString(), before, null), cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("account.delete", null, "account", id.ToString(), null), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
    }
}
