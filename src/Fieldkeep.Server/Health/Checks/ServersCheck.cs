using Fieldkeep.Server.Database.Servers;

namespace Fieldkeep.Server.Health.Checks;

/// <summary>Looks at the servers on this database: who was heard, who does the work that only one may do, and whose journal nobody drains.</summary>
internal sealed class ServersCheck(ServerRows servers, LeaseRows leases, TimeProvider clock) : ICheck
{
    private static readonly TimeSpan WithoutLeader = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Silent = TimeSpan.FromMinutes(10);

    // Since when nobody leads; null while somebody does.
    private long? _leaderless;

    /// <inheritdoc/>
    public string Name => "servers";

    /// <inheritdoc/>
    public bool NeedsDatabase => true;

    /// <inheritdoc/>
    public async Task<CheckOutcome> LookAsync(CancellationToken cancellationToken)
    {
        var lease = await leases.GetAsync(LeaseRows.Background, cancellationToken);
        _leaderless = lease.IsHeld ? null : _leaderless ?? clock.GetTimestamp();
        if (_leaderless is { } since && clock.GetElapsedTime(since) is var passed && passed >= WithoutLeader)
        {
            return CheckOutcome.Failing("servers.no_leader", ("minutes", (int)passed.TotalMinutes));
        }

        var all = await servers.ListAsync(cancellationToken);
        var silent = all.Where(one => !one.IsHeardWithin(Silent) && (!one.HasLeft || one.JournalWaiting + one.JournalSetAside > 0)).ToList();
        return silent.Count > 0
            ? CheckOutcome.Warning("servers.silent", ("names", Names(silent)), ("minutes", silent.Max(one => one.SecondsAgo) / 60))
            : CheckOutcome.Ok("servers.ok", ("names", Names(all.Where(one => one.IsHeard))), ("leader", lease.Server ?? "–"));
    }

    private static string Names(IEnumerable<ServerRow> servers) => string.Join(", ", servers.Select(one => one.Name));
}
