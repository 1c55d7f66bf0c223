using Fieldkeep.Server.Database;
using Npgsql;

namespace Fieldkeep.Server.Submissions.Proofs;

/// <summary>Knows people whose accounts were removed, and who stands for them in projects: entries name the first, submissions the second.</summary>
internal sealed class RemovedSenders
{
    private const string Tombstones = "select id, tombstone = 'stand_in' as is_stand_in from accounts.tombstones_view";

    private readonly HashSet<long> _people = [];
    private readonly HashSet<long> _standIns = [];

    private RemovedSenders()
    {
    }

    /// <summary>Nobody was removed.</summary>
    public static RemovedSenders None { get; } = new();

    /// <summary>Finds them; a database of before accounts could be removed has none.</summary>
    public static async Task<RemovedSenders> FindAsync(Db db, CancellationToken cancellationToken)
    {
        var found = new RemovedSenders();
        try
        {
            foreach (var tombstone in await db.ListAsync<Tombstone>(Tombstones, null, cancellationToken))
            {
                (tombstone.IsStandIn ? found._standIns : found._people).Add(tombstone.Id);
            }
        }
        catch (PostgresException missing) when (missing.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            return None;
        }

        return found;
    }

    /// <summary>Tells whether who an entry names sent what another number stands at: the same, or who stands for a removed person.</summary>
    public bool IsSender(long told, long submitter) => told == submitter || (_standIns.Contains(submitter) && _people.Contains(told));

    private sealed record Tombstone(long Id, bool IsStandIn);
}
