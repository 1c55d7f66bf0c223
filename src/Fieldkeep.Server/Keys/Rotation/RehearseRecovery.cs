using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Keys.Rotation;

/// <summary>Tries the recovery key, or shares of it, at the machine, and notes that it opens: a paper that was never tried is a hope.</summary>
internal sealed class RehearseRecovery(Db db, Keyring keyring, ServerSettings settings, ChangeLog changes, AuditLog audit)
{
    /// <summary>Tries it; nothing is changed.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    /// <exception cref="Vault.VaultException">It does not open this keyring.</exception>
    public async Task RunAsync(Actor actor, string recoveryKey, CancellationToken cancellationToken)
    {
        WhoAsks.RequireServer(actor);
        RootKey.Recover(KeyringFiles.Below(settings.DataDirectory).KeyringPaths, recoveryKey).Dispose();
        await using var tx = await db.BeginAsync(cancellationToken);
        await changes.AppendAsync(
            tx, actor, new Change("recovery_key.rehearse", null, "installation", "keyring", null, new { rootKey = keyring.RootFingerprint }), cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent("recovery_key.rehearse", null, "installation", "keyring", null), cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }
}
