using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Keys.Rotation;

/// <summary>Makes a new recovery key in shares for several people, at the machine only; the one before opens nothing any more.</summary>
internal sealed partial class SplitRecoveryKey(Db db, Keyring keyring, ChangeLog changes, AuditLog audit, ILogger<SplitRecoveryKey> log)
{
    /// <summary>Makes the shares.</summary>
    /// <param name="needed">How many bring it back: 2 or more.</param>
    /// <param name="shares">How many there are: at most 16.</param>
    /// <returns>A line for each share, to be shown once; and every copy of the keyring: one that was not replaced opens with the older recovery key still.</returns>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>key.shares</c>.</exception>
    public async Task<(IReadOnlyList<string> Shares, IReadOnlyList<ReplacedCopy> Copies)> RunAsync(Actor actor, int needed, int shares, CancellationToken cancellationToken)
    {
        WhoAsks.RequireServer(actor);
        if (needed < 2 || shares < needed || shares > KeyProblems.MostShares)
        {
            throw KeyProblems.Shares();
        }

        cancellationToken.ThrowIfCancellationRequested();

        // A database that cannot be written refuses here, with nothing turned yet.
        await using var tx = await db.BeginAsync(CancellationToken.None);
        var change = new Change("recovery_key.split", null, "installation", "keyring", null, new { needed, shares });
        await changes.AppendAsync(tx, actor, change, CancellationToken.None);
        await audit.AppendAsync(tx, actor, new AuditEvent("recovery_key.split", null, "installation", "keyring", $"{needed} of {shares}"), CancellationToken.None);
        var made = keyring.CreateRecoveryShares(needed, shares);
        try
        {
            await tx.CommitAsync(CancellationToken.None);
        }
#pragma warning disable CA1031 // From here on whoever asked must see the shares, whatever becomes of the books.
        catch (Exception problem)
#pragma warning restore CA1031
        {
            LogNotNoted(log, problem.GetType().Name);
        }

        return (made, keyring.ReplaceAll());
    }

    [LoggerMessage(1, LogLevel.Error, "the recovery key was split, but the ledger could not be told ({Failure}); the shares hold")]
    private static partial void LogNotNoted(ILogger log, string failure);
}
