using System.Globalization;
using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Accounts.Attempts;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Begins the session of someone who has just shown who they are, with its line in the audit book.</summary>
internal sealed class OpenSession(
    Sessions sessions, KnownDevices devices, AccountLetters letters, AuditLog audit, TimeProvider clock)
{
    private const string LastSignIn = "select last_login_at from accounts.accounts where actor_id = @id";
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
        await TellOfNewDeviceAsync(tx, caller, account, terms, cancellationToken);
        var session = await sessions.BeginAsync(tx, account, terms, caller.Address, cancellationToken);
        if (await tx.ExecuteAsync(NoteSignIn, new { id = account.Id.Value, now = clock.GetUtcNow() }, cancellationToken) == 0)
        {
            throw AccountProblems.Refused();
        }

        await audit.AppendAsync(
            tx, actor, new AuditEvent("session.create", null, "session", session.Session.Id.ToString(), by), cancellationToken);
        return session;
    }

    // Not at the first sign-in ever, and not for scripts: only a browser brings back what tells that it was here.
    private async Task TellOfNewDeviceAsync(
        Tx tx, Actor caller, Account account, SessionTerms terms, CancellationToken cancellationToken)
    {
        if (!terms.IsCookie
            || devices.IsKnown(caller.Client.Device, account.Id)
            || await tx.FindAsync<DateTimeOffset?>(LastSignIn, new { id = account.Id.Value }, cancellationToken) is null)
        {
            return;
        }

        var words = AgentWords.Of(terms.Agent);
        var device = string.Join(", ", new[] { words.Browser, words.System }.OfType<string>());
        await letters.AppendAsync(
            tx,
            account.Id,
            "new_device",
            [
                ("device", device.Length > 0 ? device : "?"),
                ("time", clock.GetUtcNow().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)),
                ("link", letters.LinkTo("/account/sessions")),
            ],
            cancellationToken);
    }
}
