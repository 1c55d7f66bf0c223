using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Begins a session for someone who knows an e-mail address and its password.</summary>
internal sealed class SignIn(
    Db db, CheckPassword check, Sessions sessions, NoteSignIn note, AuditLog audit, TimeProvider clock)
{
    private const string SignedIn = """
        update accounts.accounts set last_login_at = @now where actor_id = @id
        """;

    /// <summary>Begins the session.</summary>
    /// <exception cref="ProblemException">
    /// <c>session.refused</c>, <c>session.too_many_attempts</c>, <c>session.busy</c>, <c>password.too_long</c>.
    /// </exception>
    public async Task<NewSession> RunAsync(
        Actor caller, string email, string password, SessionTerms terms, CancellationToken cancellationToken)
    {
        var (account, _) = await check.RunAsync(caller, email, password, cancellationToken);
        var actor = new Actor(account.Id, ActorKind.Account, account.DisplayName, caller.Door, caller.Address);
        await using var tx = await db.BeginAsync(cancellationToken);
        var session = await sessions.BeginAsync(tx, account, terms, caller.Address, cancellationToken);
        await tx.ExecuteAsync(SignedIn, new { id = account.Id.Value, now = clock.GetUtcNow() }, cancellationToken);
        await audit.AppendAsync(
            tx,
            actor,
            new AuditEvent("session.create", null, "session", session.Session.Id.ToString(), null),
            cancellationToken);
        await tx.CommitAsync(cancellationToken);
        note.Take(caller, session.Session, "password");
        return session;
    }
}
