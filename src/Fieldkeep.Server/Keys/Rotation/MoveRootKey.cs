using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Roots;

namespace Fieldkeep.Server.Keys.Rotation;

/// <summary>Moves the root key to another provider, at the machine only.</summary>
internal sealed class MoveRootKey(Db db, Keyring keyring, ChangeLog changes, AuditLog audit)
{
    /// <summary>Moves it; the old provider opens until the new one was seen to.</summary>
    /// <param name="home">Where it is, and what it needs to be opened.</param>
    /// <param name="to">The new provider's name.</param>
    /// <returns>Every copy of the keyring in a backup directory, and whether it learnt of it.</returns>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    /// <exception cref="Vault.VaultException">What one of the providers refuses; then nothing is changed.</exception>
    public async Task<IReadOnlyList<ReplacedCopy>> RunAsync(Actor actor, RootKeyHome home, string to, CancellationToken cancellationToken)
    {
        WhoAsks.RequireServer(actor);
        var before = home.Providers;
        await home.MoveAsync(to, cancellationToken);
        await using var tx = await db.BeginAsync(CancellationToken.None);
        var change = new Change("key.move_root", null, "installation", "keyring", new { providers = before }, new { providers = home.Providers });
        await changes.AppendAsync(tx, actor, change, CancellationToken.None);
        await audit.AppendAsync(tx, actor, new AuditEvent("key.move_root", null, "installation", "keyring", null), CancellationToken.None);
        await tx.CommitAsync(CancellationToken.None);
        return keyring.ReplaceTargets();
    }
}
