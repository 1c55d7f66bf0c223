using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Keys.Rotation;

/// <summary>Begins a new epoch: a new key wraps all others, in every copy of the keyring. Nothing is sealed anew.</summary>
internal sealed class RotateEpoch(Db db, Policy policy, Keyring keyring, ChangeLog changes, AuditLog audit)
{
    /// <summary>Begins it.</summary>
    /// <returns>Every copy of the keyring, and whether it was replaced.</returns>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>session.confirmation_needed</c>.</exception>
    public async Task<IReadOnlyList<ReplacedCopy>> RunAsync(Actor actor, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SettingsUpdate, Scope.Installation, cancellationToken);
        policy.RequireConfirmed(actor);
        var before = keyring.Epoch;
        var copies = keyring.RotateEpoch();
        await using var tx = await db.BeginAsync(CancellationToken.None);
        await changes.AppendAsync(
            tx, actor, new Change("key.rotate_epoch", null, "installation", "keyring", new { epoch = before }, new { epoch = keyring.Epoch, copies }), CancellationToken.None);
        await audit.AppendAsync(tx, actor, new AuditEvent("key.rotate_epoch", null, "installation", "keyring", null), CancellationToken.None);
        await tx.CommitAsync(CancellationToken.None);
        return copies;
    }
}
