using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Ends one of the actor's own sessions; it is refused on the very next request.</summary>
internal sealed class SignOut(Db db, Sessions sessions, AuditLog audit)
{
    /// <summary>Ends the session.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>: the session is someone else's.</exception>
    public async Task RunAsync(Actor actor, Session session, CancellationToken cancellationToken)
    {
        if (!WhoAsks.IsSelf(actor, session.Account))
        {
            throw AccessProblems.Denied();
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        if (await sessions.EndAsync(tx, session.Id, cancellationToken))
        {
            await audit.AppendAsync(
                tx, actor, new AuditEvent("session.end", null, "session", session.Id.ToString(), null), cancellationToken);
        }

        await tx.CommitAsync(cancellationToken);
    }
}
