using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Attempts;

/// <summary>Empties the counters of an account that guesses have locked; those of addresses and networks stay.</summary>
internal sealed class UnlockAccount(
    Db db, Policy policy, AttemptStore store, AttemptWindow window, AccessBook book, AuditLog audit, TimeProvider clock)
{
    private const string KeyOf = """
        select email_key from accounts.accounts where actor_id = @id and deleted_at is null
        """;
    private const string Tell = """
        insert into accounts.unlocks (actor_id, at) values (@id, @now)
        """;

    /// <summary>Unlocks the account in every process; also when it is not locked.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>account.not_found</c>.</exception>
    public async Task RunAsync(Actor actor, ActorId account, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.AccountUpdate, Scope.OfAccount(account), cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        var key = await tx.FindAsync<string>(KeyOf, new { id = account.Value }, cancellationToken)
            ?? throw AccountProblems.AccountUnknown();
        var names = new HashSet<string>(StringComparer.Ordinal) { key };
        await store.ForgetAsync(tx, names, cancellationToken);
        await tx.ExecuteAsync(Tell, new { id = account.Value, now = clock.GetUtcNow() }, cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("account.unlock", null, "account", account.ToString(), null), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        window.Forget(names);
        book.Note(new AccessEvent(AccessKinds.Unlocked, true, actor)
        {
            Account = account,
            Reason = "administrator",
            Subject = $"account {actor.Id}",
        });
    }
}
