using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace Fieldkeep.Backup.Clusters;

/// <summary>Speaks with a cluster as its owner: makes role and database, lets it read its settings again.</summary>
internal static class ClusterSession
{
    private const string EndOtherSessions = """
        select count(pg_terminate_backend(pid)) from pg_stat_activity
        where pid <> pg_backend_pid() and backend_type in ('client backend', 'walsender')
        """;

    private const string CountRole = "select count(*) from pg_roles where rolname = 'fieldkeep'";

    private const string CountDatabase = "select count(*) from pg_database where datname = 'fieldkeep'";

    private const string CreateRole = """
        create role fieldkeep login createdb replication in role pg_monitor, pg_checkpoint
        """;

    private const string CreateDatabase = "create database fieldkeep owner fieldkeep";

    private const string DurabilityIsOn = "select current_setting('fsync') = 'on' and current_setting('full_page_writes') = 'on'";

    private const string ReadSettings = "select pg_reload_conf()";

    /// <summary>Creates the server's role and database if they are absent.</summary>
    public static async Task CreateRoleAndDatabaseAsync(ClusterAddress address, CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsync(address, cancellationToken);
        if (await ScalarAsync(connection, CountRole, cancellationToken) is 0L)
        {
            await ScalarAsync(connection, CreateRole, cancellationToken);
        }

        if (await ScalarAsync(connection, CountDatabase, cancellationToken) is 0L)
        {
            await ScalarAsync(connection, CreateDatabase, cancellationToken);
        }
    }

    /// <summary>Lets the cluster read its settings again.</summary>
    public static async Task ReadSettingsAsync(ClusterAddress address, CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsync(address, cancellationToken);
        await ScalarAsync(connection, ReadSettings, cancellationToken);
    }

    /// <summary>Asks an adopted cluster to end old sessions and read the settings again; false when it does not answer, or is not as careful as it has to be.</summary>
    public static async Task<bool> AnswersAsync(ClusterAddress address, ClusterMode mode, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await ConnectAsync(address, cancellationToken);
            // Sessions of the dead server may still hold locks.
            await ScalarAsync(connection, EndOtherSessions, cancellationToken);
            await ScalarAsync(connection, ReadSettings, cancellationToken);
            return mode == ClusterMode.Disposable || await ScalarAsync(connection, DurabilityIsOn, cancellationToken) is true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static async Task<NpgsqlConnection> ConnectAsync(ClusterAddress address, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(address.ForMaintenance() + ";Pooling=false;Timeout=10;Command Timeout=30");
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    [SuppressMessage("Security", "CA2100:Review SQL queries for security vulnerabilities", Justification = "Constants of this file.")]
    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
