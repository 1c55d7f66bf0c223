using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Accounts.Tokens;

/// <summary>Revokes one of one's own tokens or app passwords, and the sessions opened with it; it is refused on the very next request.</summary>
internal sealed class EndAccessToken(Db db, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const string End = """
        update accounts.access_tokens set ended_at = @now, ended_by = @actor where id = @id and actor_id = @actor and ended_at is null
        """;
    private const string EndSessions = """
        update accounts.sessions set ended_at = @now where access_token_id = @id and ended_at is null
        """;
    private const string Exists = """
        select exists (select 1 from accounts.access_tokens where id = @id and actor_id = @actor)
        """;

    /// <summary>Revoking twice is not an error.</summary>
    /// <exception cref="ProblemException"><c>token.not_found</c>.</exception>
    public async Task RunAsync(Actor actor, long token, CancellationToken cancellationToken)
    {
        WhoAsks.RequirePerson(actor);
        var key = new { id = token, actor = actor.Id.Value, now = clock.GetUtcNow() };
        await using var tx = await db.BeginAsync(cancellationToken);
        if (await tx.ExecuteAsync(End, key, cancellationToken) == 0)
        {
            if (!await tx.GetAsync<bool>(Exists, key, cancellationToken))
            {
                throw TokenProblems.Unknown();
            }

            return;
        }

        await tx.ExecuteAsync(EndSessions, key, cancellationToken);
        await changes.AppendAsync(
            tx, actor, new Change("token.revoke", null, "access_token", token.ToString(), new { revoked = false }, new { revoked = true }), cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("token.revoke", null, "access_token", token.ToString(), null), cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }
}
