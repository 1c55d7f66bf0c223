using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Rights.Removal;

/// <summary>Knows which projects went into the trash with an account that may still come back: its owner gets them back with it.</summary>
internal sealed class TrashOfRemovals(Db db)
{
    private const string Plans = "select plan from rights.removals where state not in ('asked', 'cancelled', 'done')";

    /// <summary>Lists them.</summary>
    public async Task<IReadOnlySet<long>> ListAsync(CancellationToken cancellationToken) =>
        (await db.ListAsync<string>(Plans, null, cancellationToken)).SelectMany(plan => RemovalPlan.Of(plan).Trashed).ToHashSet();
}
