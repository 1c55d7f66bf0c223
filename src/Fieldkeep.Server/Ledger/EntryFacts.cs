namespace Fieldkeep.Server.Ledger;

/// <summary>
/// The clear columns of an entry as they stand in its sealed body too: who writes to the database alone can make no body that fits
/// another action, subject or person. docs/formats/ledger.md, "Body".
/// </summary>
/// <param name="At">Microseconds since 1970-01-01 UTC.</param>
internal sealed record EntryFacts(long At, long Actor, string Door, string Action, string Kind, string Subject)
{
    /// <summary>PostgreSQL keeps microseconds; ticks are 100 ns.</summary>
    public static long Microseconds(DateTimeOffset at) => (at - DateTimeOffset.UnixEpoch).Ticks / 10;
}
