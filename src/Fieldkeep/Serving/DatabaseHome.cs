using Fieldkeep.Backup.Clusters;
using Fieldkeep.Cli;

namespace Fieldkeep.Serving;

/// <summary>The database of this process: a private cluster it starts and stops, or one the operator gives.</summary>
internal sealed class DatabaseHome : IAsyncDisposable
{
    private DatabaseHome(string connectionString, PrivateCluster? cluster)
    {
        ConnectionString = connectionString;
        Cluster = cluster;
    }

    /// <summary>How to reach it.</summary>
    public string ConnectionString { get; }

    /// <summary>The private cluster; null when the operator gave a database.</summary>
    public PrivateCluster? Cluster { get; }

    /// <summary>Starts the private cluster, or checks the given database.</summary>
    /// <param name="held">The lock on the data directory; it must outlive this.</param>
    /// <param name="given">The operator's connection string, or null.</param>
    /// <param name="clock">Measures pauses.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ClusterException">Neither is to be had.</exception>
    public static async Task<DatabaseHome> OpenAsync(
        DataLock held, string? given, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (given is not null)
        {
            return new DatabaseHome(await GivenDatabase.CheckAsync(given, cancellationToken), null);
        }

        var cluster = await PrivateCluster.StartAsync(held, ClusterMode.Durable, Terminal.Tell, clock, cancellationToken);
        return new DatabaseHome(cluster.Address.ConnectionString, cluster);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (Cluster is not null)
        {
            await Cluster.DisposeAsync();
        }
    }
}
