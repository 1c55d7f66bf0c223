using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Accounts.Attempts;

/// <summary>Empties the counters of one account in every process, those of its second factor, too; those of addresses and networks stay.</summary>
internal sealed class EmptyCounters(
    Db db, AttemptStore store, AttemptWindow window, AccessBook book, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const string KeyOf = """
        select email_key from accounts.accounts where actor_id = @id and deleted_at is null for update
        """;
    private const string After = """
        select exists (select from accounts.unlocks where actor_id = @id and at >= @since)
        """;
    private const string ForgiveCodes = """
        delete from accounts.factor_tries where actor_id = @id
        """;
    private const string Tell = """
        insert into accounts.unlocks (actor_id, at) values (@id, @now)
        """;

    /// <summary>Empties them, once for each <paramref name="since"/>.</summary>
    /// <param name="by">Who lifts the wait: <c>administrator</c> or <c>letter</c>.</param>
    /// <param name="since">Nothing is done when it was done after this instant; null to do it in any case.</param>
    /// <exception cref="ProblemException"><c>account.not_found</c>.</exception>
    /// <returns>Whether it was done.</returns>
    public async Task<bool> EmptyAsync(
        Actor actor, ActorId account, string by, DateTimeOffset? since, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        var key = await tx.FindAsync<string>(KeyOf, new { id = account.Value }, cancellationToken)
            ?? throw AccountProblems.AccountUnknown();
        if (since is not null && await tx.GetAsync<bool>(After, new { id = account.Value, since }, cancellationToken))
        {
            return false;
        }

        var names = new HashSet<string>(StringComparer.Ordinal) { key };
        await store.ForgetAsync(tx, names, cancellationToken);
        await tx.ExecuteAsync(ForgiveCodes, new { id = account.Value }, cancellationToken);
        await tx.ExecuteAsync(Tell, new { id = account.Value, now = clock.GetUtcNow() }, cancellationToken);
        await changes.AppendAsync(
            tx, actor, new Change("account.unlock", null, "account", account.ToString(), null, new { by }), cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("account.unlock", null, "account", account.ToString(), by), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        window.Forget(names);
        book.Note(new AccessEvent(AccessKinds.Unlocked, true, actor) { Account = account, Reason = by });
        return true;
    }
}
