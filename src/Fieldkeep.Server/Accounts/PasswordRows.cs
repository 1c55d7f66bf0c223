using Fieldkeep.Server.Accounts.Passwords;
using Fieldkeep.Server.Accounts.Tokens;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Accounts;

/// <summary>Writes an account's password and ends what the old one had opened, with ledger and audit lines, in the caller's transaction.</summary>
internal sealed class PasswordRows(AccountLetters letters, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const string Set = """
        update accounts.accounts set password_hash = @hash, password_changed_at = @now, password_disowned_at = null,
            credentials_version = credentials_version + 1
        where actor_id = @id and deleted_at is null
        """;
    private const string EndSessions = """
        update accounts.sessions set ended_at = @now
        where actor_id = @id and ended_at is null and id is distinct from @kept
        """;

    /// <summary>Sets the password, ends the account's sessions, tokens and reset links, and tells its owner by letter.</summary>
    /// <param name="hash">The new password as it is stored; null so that nobody can sign in until one is set.</param>
    /// <param name="keptSession">The one session that goes on; null for none.</param>
    public async Task SetAsync(
        Tx tx, Actor actor, ActorId account, string? hash, long? keptSession, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (await tx.ExecuteAsync(Set, new { id = account.Value, hash, now }, cancellationToken) == 0)
        {
            throw AccountProblems.AccountUnknown();
        }

        await tx.ExecuteAsync(EndSessions, new { id = account.Value, now, kept = keptSession }, cancellationToken);
        await AccessTokens.EndAllAsync(tx, account, actor.Id, now, cancellationToken);
        await PasswordResets.EndAllAsync(tx, account, now, cancellationToken);
        if (hash is not null)
        {
            await letters.AppendAsync(tx, account, "password_changed", [], cancellationToken);
        }

        var after = new { changed = true, usable = hash is not null };
        await changes.AppendAsync(
            tx, actor, new Change("account.password", null, "account", account.ToString(), null, after), cancellationToken);
        var detail = hash is null ? "invalidated" : null;
        await audit.AppendAsync(
            tx, actor, new AuditEvent("account.password", null, "account", account.ToString(), detail), cancellationToken);
    }
}
