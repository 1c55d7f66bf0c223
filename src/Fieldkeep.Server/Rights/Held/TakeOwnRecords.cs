using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Rights.Held;

/// <summary>Notes that somebody takes along what is held about them, before anything leaves.</summary>
internal sealed class TakeOwnRecords(Db db, ChangeLog changes, AuditLog audit)
{
    /// <summary>Notes it.</summary>
    /// <exception cref="ProblemException"><c>session.none</c>, <c>access.denied</c>.</exception>
    public async Task RunAsync(Actor actor, CancellationToken cancellationToken)
    {
        WhoAsks.RequirePerson(actor);
        await using var tx = await db.BeginAsync(cancellationToken);
        var id = actor.Id.ToString();
        await changes.AppendAsync(tx, actor, new Change("account.take_data", null, "account", id, null, null), cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent("account.take_data", null, "account", id, null), cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }
}
