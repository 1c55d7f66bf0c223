using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Keys.Rotation;

/// <summary>
/// Strikes a backup directory off, at the machine only: whoever does it says that the copy of the keyring in it was destroyed. Erasures and a new root key wait
/// for it no more.
/// </summary>
internal sealed class ForgetTarget(Db db, ServerSettings settings, ChangeLog changes, AuditLog audit)
{
    /// <summary>Strikes it off.</summary>
    /// <param name="target">Its id or its path.</param>
    /// <returns>What was struck off.</returns>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>key.no_target</c>.</exception>
    public async Task<IReadOnlyList<KeyringTarget>> RunAsync(Actor actor, string target, CancellationToken cancellationToken)
    {
        WhoAsks.RequireServer(actor);
        var paths = KeyringFiles.Below(settings.DataDirectory).KeyringPaths;
        cancellationToken.ThrowIfCancellationRequested();
        var gone = KeyringTargets.Forget(paths, target);
        if (gone.Count == 0)
        {
            throw KeyProblems.NoTarget(target, KeyringTargets.List(paths));
        }

        await using var tx = await db.BeginAsync(CancellationToken.None);
        await changes.AppendAsync(tx, actor, new Change("keyring.forget_target", null, "installation", "keyring", new { targets = gone }, null), CancellationToken.None);
        await audit.AppendAsync(tx, actor, new AuditEvent("keyring.forget_target", null, "installation", "keyring", gone[0].Id), CancellationToken.None);
        await tx.CommitAsync(CancellationToken.None);
        return gone;
    }
}
