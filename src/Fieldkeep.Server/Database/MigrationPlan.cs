namespace Fieldkeep.Server.Database;

/// <summary>What a database lacks to be of this program's version.</summary>
/// <param name="Applied">Names of the migrations it has, in their order.</param>
/// <param name="Pending">Names of those it lacks, in their order.</param>
internal sealed record MigrationPlan(IReadOnlyList<string> Applied, IReadOnlyList<string> Pending)
{
    /// <summary>Whether an earlier version served it and it is to be upgraded; a new database is not.</summary>
    public bool IsUpgrade => Applied.Count > 0 && Pending.Count > 0;
}
