using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Writes what happens to an account's factors into the ledger and the audit book, in the caller's transaction. Never a secret.</summary>
internal sealed class FactorBook(ChangeLog changes, AuditLog audit)
{
    /// <summary>Writes one change.</summary>
    /// <param name="action">Such as <c>factor.totp_on</c>.</param>
    public async Task AppendAsync(
        Tx tx, Actor actor, ActorId account, string action, string? detail, CancellationToken cancellationToken)
    {
        var subject = account.ToString();
        await changes.AppendAsync(tx, actor, new Change(action, null, "account", subject, null, new { detail }), cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent(action, null, "account", subject, detail), cancellationToken);
    }
}
