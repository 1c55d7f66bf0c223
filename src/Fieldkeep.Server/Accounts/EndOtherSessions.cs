using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Ends all of one's own sessions but the one that asks.</summary>
internal sealed class EndOtherSessions(Db db, Sessions sessions, AuditLog audit)
{
    /// <summary>Ends them.</summary>
    public async Task RunAsync(Actor actor, long kept, CancellationToken cancellationToken)
    {
        WhoAsks.RequirePerson(actor);
        await using var tx = await db.BeginAsync(cancellationToken);
        await sessions.EndAllAsync(tx, actor.Id, kept, cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("session.end_others", null, "account", actor.Id.ToString(), null), cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }
}
