using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Keys.Rotation;

/// <summary>Makes a new recovery key in shares for several people, at the machine only; the one before opens nothing any more.</summary>
internal sealed class SplitRecoveryKey(Db db, Keyring keyring, ChangeLog changes, AuditLog audit)
{
    /// <summary>Makes the shares.</summary>
    /// <param name="needed">How many bring it back: 2 or more.</param>
    /// <param name="shares">How many there are: at most 16.</param>
    /// <returns>A line for each share, to be shown once.</returns>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>key.shares</c>.</exception>
    public async Task<IReadOnlyList<string>> RunAsync(Actor actor, int needed, int shares, CancellationToken cancellationToken)
    {
        WhoAsks.RequireServer(actor);
        if (needed < 2 || shares < needed || shares > KeyProblems.MostShares)
        {
            throw KeyProblems.Shares();
        }

        cancellationToken.ThrowIfCancellationRequested();
        var made = keyring.CreateRecoveryShares(needed, shares);
        await using var tx = await db.BeginAsync(CancellationToken.None);
        var change = new Change("recovery_key.split", null, "installation", "keyring", null, new { needed, shares });
        await changes.AppendAsync(tx, actor, change, CancellationToken.None);
        await audit.AppendAsync(tx, actor, new AuditEvent("recovery_key.split", null, "installation", "keyring", $"{needed} of {shares}"), CancellationToken.None);
        await tx.CommitAsync(CancellationToken.None);
        keyring.ReplaceTargets();
        return made;
    }
}
