using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Keys.Rotation;

/// <summary>Gives the installation a new root key, at its machine only: whoever replaces it must see the recovery key that comes with it.</summary>
internal sealed partial class RotateRoot(Db db, Keyring keyring, ChangeLog changes, AuditLog audit, ILogger<RotateRoot> log)
{
    /// <summary>Replaces it.</summary>
    /// <returns>The new recovery key, to be shown once; and every copy of the keyring: one that was not replaced opens with the older keys still.</returns>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    /// <exception cref="Vault.VaultException">A backup directory cannot be reached.</exception>
    public async Task<(string RecoveryKey, IReadOnlyList<ReplacedCopy> Copies)> RunAsync(Actor actor, CancellationToken cancellationToken)
    {
        WhoAsks.RequireServer(actor);
        cancellationToken.ThrowIfCancellationRequested();
        var before = keyring.RootFingerprint;

        // A database that cannot be written refuses here, with nothing turned yet.
        await using var tx = await db.BeginAsync(CancellationToken.None);
        await audit.AppendAsync(tx, actor, new AuditEvent("key.rotate_root", null, "installation", "keyring", null), CancellationToken.None);
        var made = keyring.RotateRoot();
        try
        {
            var change = new Change("key.rotate_root", null, "installation", "keyring", new { rootKey = before }, new { rootKey = keyring.RootFingerprint });
            await changes.AppendAsync(tx, actor, change, CancellationToken.None);
            await tx.CommitAsync(CancellationToken.None);
        }
#pragma warning disable CA1031 // From here on whoever asked must see the recovery key, whatever becomes of the books.
        catch (Exception problem)
#pragma warning restore CA1031
        {
            LogNotNoted(log, problem.GetType().Name);
        }

        return made;
    }

    [LoggerMessage(1, LogLevel.Error, "the root key was replaced, but the ledger could not be told ({Failure}); the new recovery key holds")]
    private static partial void LogNotNoted(ILogger log, string failure);
}
