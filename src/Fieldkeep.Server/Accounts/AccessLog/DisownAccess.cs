using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts.External;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Accounts.AccessLog;

/// <summary>
/// “This wasn't me”: ends every other session and every token of one's own account at once, and makes the password open nothing
/// until another is set. Whoever else knows it cannot come back with it, nor with what a new password ends: sign-ins half done,
/// known devices, remembered Basic clients, links to exports and identities at another provider.
/// </summary>
internal sealed class DisownAccess(Db db, AccessBook book, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const string Disown = """
        update accounts.accounts set password_disowned_at = @now, password_changed_at = @now,
            credentials_version = credentials_version + 1
        where actor_id = @id and deleted_at is null
        """;
    private const string EndSessions = """
        update accounts.sessions set ended_at = @now
        where actor_id = @id and ended_at is null and id is distinct from @kept
        """;
    private const string EndTokens = """
        update accounts.access_tokens set ended_at = @now, ended_by = @id where actor_id = @id and ended_at is null
        """;
    private const string EndResets = """
        update accounts.password_resets set ended_at = @now where actor_id = @id and used_at is null and ended_at is null
        """;

    /// <summary>Ends them. The session that asks goes on, so that its owner can set a new password at once.</summary>
    /// <param name="session">The browser's session that asks.</param>
    /// <exception cref="ProblemException"><c>access.denied</c>: the caller is no account.</exception>
    public async Task RunAsync(Actor actor, long session, CancellationToken cancellationToken)
    {
        WhoAsks.RequirePerson(actor);
        var ended = new { id = actor.Id.Value, now = clock.GetUtcNow(), kept = session };
        await using var tx = await db.BeginAsync(cancellationToken);
        if (await tx.ExecuteAsync(Disown, ended, cancellationToken) == 0)
        {
            throw AccountProblems.AccountUnknown();
        }

        var sessions = await tx.ExecuteAsync(EndSessions, ended, cancellationToken);
        var tokens = await tx.ExecuteAsync(EndTokens, ended, cancellationToken);
        await tx.ExecuteAsync(EndResets, ended, cancellationToken);
        await ExternalIdentities.EndAllAsync(tx, actor.Id, ended.now, cancellationToken);
        await changes.AppendAsync(
            tx,
            actor,
            new Change("account.disown", null, "account", actor.Id.ToString(), null, new { sessions, tokens }),
            cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("account.disown", null, "account", actor.Id.ToString(), null), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        book.Note(new AccessEvent(AccessKinds.Disowned, true, actor) { Account = actor.Id, Subject = $"session {session}" });
    }
}
