using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Begins the session of someone who has just shown who they are, with its line in the audit book.</summary>
internal sealed class OpenSession(Sessions sessions, AuditLog audit, TimeProvider clock)
{
    private const string NoteSignIn = """
        update accounts.accounts set last_login_at = @now where actor_id = @id and deleted_at is null
        """;

    /// <summary>Begins the session in the caller's transaction.</summary>
    /// <param name="by">What was shown, such as <c>password</c> or <c>passkey</c>; for the audit book.</param>
    /// <exception cref="ProblemException"><c>session.refused</c>: the account was removed meanwhile.</exception>
    public async Task<NewSession> JoinAsync(
        Tx tx, Actor caller, Account account, SessionTerms terms, string by, CancellationToken cancellationToken)
    {
        var actor = new Actor(account.Id, ActorKind.Account, account.DisplayName, caller.Door, caller.Address);
        var session = await sessions.BeginAsync(tx, account, terms, caller.Address, cancellationToken);
        if (await tx.ExecuteAsync(NoteSignIn, new { id = account.Id.Value, now = clock.GetUtcNow() }, cancellationToken) == 0)
        {
            throw AccountProblems.Refused();
        }

        await audit.AppendAsync(
            tx, actor, new AuditEvent("session.create", null, "session", session.Session.Id.ToString(), by), cancellationToken);
        return session;
    }
}
