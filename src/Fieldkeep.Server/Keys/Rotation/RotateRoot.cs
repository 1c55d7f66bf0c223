using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Keys.Rotation;

/// <summary>Gives the installation a new root key, at its machine only: whoever replaces it must see the recovery key that comes with it.</summary>
internal sealed class RotateRoot(Db db, Keyring keyring, ChangeLog changes, AuditLog audit)
{
    /// <summary>Replaces it.</summary>
    /// <returns>The new recovery key, to be shown once.</returns>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    /// <exception cref="Vault.VaultException">A backup directory cannot be reached.</exception>
    public async Task<string> RunAsync(Actor actor, CancellationToken cancellationToken)
    {
        WhoAsks.RequireServer(actor);
        cancellationToken.ThrowIfCancellationRequested();
        var before = keyring.RootFingerprint;
        var recoveryKey = keyring.RotateRoot();
        await using var tx = await db.BeginAsync(CancellationToken.None);
        var change = new Change("key.rotate_root", null, "installation", "keyring", new { rootKey = before }, new { rootKey = keyring.RootFingerprint });
        await changes.AppendAsync(tx, actor, change, CancellationToken.None);
        await audit.AppendAsync(tx, actor, new AuditEvent("key.rotate_root", null, "installation", "keyring", null), CancellationToken.None);
        await tx.CommitAsync(CancellationToken.None);
        return recoveryKey;
    }
}
