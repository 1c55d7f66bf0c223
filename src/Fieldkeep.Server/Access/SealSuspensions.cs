using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Access;

/// <summary>Seals what the version before wrote in the clear about suspensions. Runs at every start before anything is served; there is something to do once.</summary>
internal sealed class SealSuspensions(Db db, Keyring keyring)
{
    private const string Clear = """
        select id, row_id, reason_before as reason, contact_before as contact from access.suspensions where reason is null order by id for update
        """;
    private const string Seal = """
        update access.suspensions set reason = @reason, contact = @contact, reason_before = null, contact_before = null where id = @id
        """;

    /// <summary>Seals all of it, or nothing.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        foreach (var row in await tx.ListAsync<ClearRow>(Clear, null, cancellationToken))
        {
            var reason = SealedReason.Seal(keyring, SuspensionRow.ReasonColumn, row.RowId, row.Reason);
            var contact = SealedReason.Seal(keyring, SuspensionRow.ContactColumn, row.RowId, row.Contact);
            await tx.ExecuteAsync(Seal, new { id = row.Id, reason, contact }, cancellationToken);
        }

        await tx.CommitAsync(cancellationToken);
    }

    private sealed record ClearRow(long Id, Guid RowId, string Reason, string Contact);
}
