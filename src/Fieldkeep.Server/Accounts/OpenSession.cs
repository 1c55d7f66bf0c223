using System.Globalization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Accounts.Attempts;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Begins the session of someone who has just shown who they are, with its line in the audit book.</summary>
internal sealed class OpenSession(
    Sessions sessions, KnownDevices devices, Suspensions suspensions, AccountLetters letters, AuditLog audit, TimeProvider clock)
{
    private const string NoteSignIn = """
        update accounts.accounts set last_login_at = @now where actor_id = @id
        """;

    /// <summary>Begins the session in the caller's transaction. Call it first there: it locks the account.</summary>
    /// <param name="account">As it was when what was shown was found right: comparing a password takes time.</param>
    /// <param name="by">What was shown, such as <c>password</c> or <c>passkey</c>; for the audit book.</param>
    /// <exception cref="ProblemException">
    /// <c>account.suspended</c>; <c>session.refused</c>: since then the password or a factor was changed, or the account was removed.
    /// </exception>
    public async Task<NewSession> JoinAsync(
        Tx tx, Actor caller, Account account, SessionTerms terms, string by, CancellationToken cancellationToken)
    {
        var actor = new Actor(account.Id, ActorKind.Account, account.DisplayName, caller.Door, caller.Address);
        var held = await AccountRows.HoldAsync(tx, account, cancellationToken);
        if (await suspensions.FindAsync(Scope.OfAccount(account.Id), cancellationToken) is { } suspension)
        {
            throw AccessProblems.AccountSuspended(suspension);
        }

        var isNewDevice = terms.IsCookie && !devices.IsKnown(caller.Client.Device, account.Id, held.PasswordChangedAt);
        if (isNewDevice && held.LastLoginAt is not null)
        {
            await TellOfNewDeviceAsync(tx, account, terms, cancellationToken);
        }

        var session = await sessions.BeginAsync(tx, account, terms, caller.Address, cancellationToken);
        await tx.ExecuteAsync(NoteSignIn, new { id = account.Id.Value, now = clock.GetUtcNow() }, cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("session.create", null, "session", session.Session.Id.ToString(), by), cancellationToken);
        return session with { IsNewDevice = isNewDevice };
    }

    // Not at the first sign-in ever, and not for scripts: only a browser brings back what tells that it was here.
    private async Task TellOfNewDeviceAsync(Tx tx, Account account, SessionTerms terms, CancellationToken cancellationToken)
    {
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
