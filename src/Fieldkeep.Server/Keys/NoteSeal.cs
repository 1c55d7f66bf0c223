using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Keys;

/// <summary>Notes that the server was sealed or unsealed by hand, at the machine.</summary>
internal sealed class NoteSeal(Db db, ChangeLog changes, AuditLog audit)
{
    /// <summary>Notes it.</summary>
    /// <param name="isSealed">Sealed, or opened.</param>
    /// <param name="how">With what it was opened: provider, passphrase, recovery key; never one of them.</param>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task RunAsync(Actor actor, bool isSealed, string? how, CancellationToken cancellationToken)
    {
        WhoAsks.RequireServer(actor);
        var action = isSealed ? "server.seal" : "server.unseal";
        await using var tx = await db.BeginAsync(cancellationToken);
        await changes.AppendAsync(tx, actor, new Change(action, null, "installation", "keyring", new { isSealed = !isSealed }, new { isSealed, how }), cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent(action, null, "installation", "keyring", how), cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }
}
