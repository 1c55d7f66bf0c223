using Fieldkeep.Backup.Clusters;
using Npgsql;

namespace Fieldkeep.Backup.Restoring;

/// <summary>Starts a restored database once, has it looked at, and checks its pages.</summary>
internal static class CheckStaging
{
    private const string CountTables = """
        select count(*) from pg_catalog.pg_class where relkind in ('r', 'p') and relnamespace not in (
            select oid from pg_catalog.pg_namespace where nspname in ('pg_catalog', 'information_schema', 'pg_toast'))
        """;

    /// <summary>Does it.</summary>
    /// <param name="held">The lock on what was restored.</param>
    /// <param name="restored">What was restored; its database is filled in here.</param>
    /// <param name="check">Looks at it; null for nothing more.</param>
    /// <returns>Tables the database answered with, and what was found.</returns>
    /// <exception cref="BackupException">Damaged: pages of the database are.</exception>
    /// <exception cref="ClusterException">PostgreSQL cannot be started.</exception>
    public static async Task<(long TableCount, RestoreVerdict? Past)> RunAsync(
        DataLock held, RestoredInstallation restored, CheckRestored? check, IProgress<string> progress, TimeProvider clock, CancellationToken cancellationToken)
    {
        progress.Report("starting the restored database once");
        long tables;
        RestoreVerdict? past;
        PostgresBinaries binaries;
        await using (var cluster = await PrivateCluster.StartAsync(held, ClusterMode.Durable, progress.Report, clock, cancellationToken))
        {
            binaries = cluster.Binaries;
            try
            {
                tables = await CountAsync(cluster.Address, cancellationToken);
                past = check is null ? null : await check(restored with { ConnectionString = cluster.Address.ConnectionString }, cancellationToken);
            }
            catch
            {
                // What was restored is removed next: it needs no checkpoint, which on a disk that runs full takes what is left.
                await cluster.StopAtOnceAsync();
                throw;
            }
        }

        var pages = await ToolProcess.RunAsync([binaries.PathOf("pg_checksums"), "--check", $"--pgdata={held.Folders.Cluster}"], cancellationToken);
        if (!pages.Succeeded)
        {
            throw new BackupException(
                BackupTrouble.Damaged,
                $"the restored database has damaged pages: {pages.LastLine}",
                "they were damaged before the backup was taken; restore an earlier backup");
        }

        progress.Report($"the database answers, has {tables} tables and sound pages");
        return (tables, past);
    }

    private static async Task<long> CountAsync(ClusterAddress address, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(address.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using var count = new NpgsqlCommand(CountTables, connection);
        return await count.ExecuteScalarAsync(cancellationToken) is long counted ? counted : 0;
    }
}
