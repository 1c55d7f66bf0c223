using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Maintenance;

/// <summary>Lists the servers on this database, for whoever is at the machine and for operators.</summary>
internal sealed class ListServers(Policy policy, ServerRows servers, LeaseRows leases)
{
    /// <summary>Lists them by name, and says which of them does the work that only one may do; null when none does.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task<(IReadOnlyList<ServerRow> Servers, string? Leader)> RunAsync(Actor actor, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SettingsUpdate, Scope.Installation, cancellationToken);
        var lease = await leases.GetAsync(LeaseRows.Background, cancellationToken);
        return (await servers.ListAsync(cancellationToken), lease.IsHeld ? lease.Server : null);
    }
}
