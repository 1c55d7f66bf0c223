using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Ledger;

/// <summary>Counts what was done since an entry of the ledger.</summary>
internal static class EntriesSince
{
    /// <summary>The leaves of the tree, by their order and every bit of their hashes: no migration may change them.</summary>
    public static readonly StaysSame Leaves = new(
        "ledger.leaves", "select coalesce(bit_xor(hashtextextended(encode(leaf, 'hex'), leaf_index)), 0) || ' of ' || count(*) from ledger.leaves");

    private const string HasEntries = "select to_regclass('ledger.entries') is not null";
    private const string Last = "select coalesce(max(id), 0) from ledger.entries";
    private const string Count = """
        select action, count(*) as count, count(*) filter (where at < @reached) as early
        from ledger.entries where id > @after group by action order by 2 desc, 1
        """;

    /// <summary>The last entry; 0 for none.</summary>
    public static async Task<long> FindLastAsync(Sql sql, CancellationToken cancellationToken) =>
        await sql.GetAsync<bool>(HasEntries, null, cancellationToken) ? await sql.GetAsync<long>(Last, null, cancellationToken) : 0;

    /// <summary>How often what was done after an entry, the most frequent first.</summary>
    /// <param name="reached">What was done before this is counted apart.</param>
    public static Task<IReadOnlyList<DoneSince>> ListAsync(Sql sql, long after, DateTimeOffset reached, CancellationToken cancellationToken) =>
        sql.ListAsync<DoneSince>(Count, new { after, reached }, cancellationToken);
}

/// <summary>How often something was done.</summary>
/// <param name="Action">What, such as <c>submission.create</c>.</param>
/// <param name="Count">How often.</param>
/// <param name="Early">How often of these before the time that was asked for.</param>
internal sealed record DoneSince(string Action, long Count, long Early);
