using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Setup;

/// <summary>Records that an administrator has put the recovery key away.</summary>
internal sealed class ConfirmRecoveryKey(Db db, Policy policy, ChangeLog changes, AuditLog audit)
{
    /// <summary>Records it.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task RunAsync(Actor actor, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SettingsUpdate, Scope.Installation, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        await changes.AppendAsync(
            tx, actor, new Change("recovery_key.stored", null, "installation", "1", null, new { stored = true }), cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("recovery_key.stored", null, "installation", "1", null), cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }
}
