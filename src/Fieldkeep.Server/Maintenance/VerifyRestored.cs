using Fieldkeep.Server.Database;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Vault.Merkle;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fieldkeep.Server.Maintenance;

/// <summary>Verifies a database that was just restored; writes its checkpoint file anew first, for backups have none.</summary>
internal static class VerifyRestored
{
    /// <summary>Does it.</summary>
    /// <param name="plan">What was restored, with the checkpoint that the backup names.</param>
    /// <param name="progress">Receives sentences for the operator, without secrets.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<VerifyReport> RunAsync(VerifyPlan plan, IProgress<string> progress, CancellationToken cancellationToken)
    {
        await using (var db = Db.Open(plan.ConnectionString + ";Pooling=false"))
        {
            if (await Checkpoints.HasTreeAsync(db, cancellationToken))
            {
                var place = new CheckpointPlace(CheckpointFile.Below(plan.DataDirectory));
                await new PublishCheckpoints(db, place, NullLogger<PublishCheckpoints>.Instance).RunAsync(cancellationToken);
            }
        }

        return await VerifyInstallation.RunAsync(plan with { IsRestored = true }, progress, cancellationToken);
    }
}
