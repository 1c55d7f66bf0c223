using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Ends one of one's own sessions by its number; it is refused on the very next request.</summary>
internal sealed class EndSession(Db db, AuditLog audit, TimeProvider clock)
{
    private const string End = """
        update accounts.sessions set ended_at = @now where id = @id and actor_id = @actor and ended_at is null
        """;

    /// <summary>Ends it. One that had ended before is like one that never was.</summary>
    /// <exception cref="ProblemException"><c>session.not_found</c>.</exception>
    public async Task RunAsync(Actor actor, long session, CancellationToken cancellationToken)
    {
        WhoAsks.RequirePerson(actor);
        await using var tx = await db.BeginAsync(cancellationToken);
        if (await tx.ExecuteAsync(End, new { id = session, actor = actor.Id.Value, now = clock.GetUtcNow() }, cancellationToken) == 0)
        {
            throw new ProblemException("session.not_found", 404, "You have no such session: it has ended already.");
        }

        await audit.AppendAsync(
            tx, actor, new AuditEvent("session.end", null, "session", session.ToString(), null), cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }
}
