using System.Data.Common;
using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Health.Checks;

/// <summary>Looks whether the database answers, and has connections to give.</summary>
internal sealed class DatabaseCheck(Db db) : ICheck
{
    // Of all databases of the cluster: they share the connections. Those kept for superusers are not for this server.
    private const string Connections = """
        select (select count(*) from pg_stat_activity where backend_type = 'client backend')::integer as used,
            (current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer) as most
        """;

    private const int FullPercent = 85;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public string Name => LookAtChecks.Database;

    /// <inheritdoc/>
    public async Task<CheckOutcome> LookAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            var seen = await db.GetAsync<Seen>(Connections, null, limit.Token);
            return seen.Used * 100 >= seen.Most * FullPercent
                ? CheckOutcome.Warning("database.connections_few", ("used", seen.Used), ("most", seen.Most))
                : CheckOutcome.Ok("database.ok", ("used", seen.Used), ("most", seen.Most));
        }
        catch (Exception problem) when (problem is DbException or TimeoutException || limit.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return CheckOutcome.Failing("database.unreachable", ("failure", DatabaseFailure.CodeOf(problem) ?? problem.GetType().Name));
        }
    }

    private sealed record Seen(int Used, int Most);
}
