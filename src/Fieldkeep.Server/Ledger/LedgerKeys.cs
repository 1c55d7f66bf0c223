using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Ledger;

/// <summary>Tells which keys entries of the ledger were sealed with: those are never sealed again, so their keys stay.</summary>
internal sealed class LedgerKeys(Db db)
{
    private const string Used = """
        select key from unnest(@keys::uuid[]) as asked (key)
        where exists (
            select from ledger.entries where project_id = @project and substring(body from 5 for 16) = uuid_send(key))
        """;

    /// <summary>Gives those of the keys that an entry of the project needs.</summary>
    public Task<IReadOnlyList<Guid>> ListUsedAsync(ProjectId project, Guid[] keys, CancellationToken cancellationToken) =>
        db.ListAsync<Guid>(Used, new { project = project.Value, keys }, cancellationToken);
}
