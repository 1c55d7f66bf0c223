using System.Net.Sockets;
using Npgsql;

namespace Fieldkeep.Backup.Clusters;

/// <summary>Looks at a database the operator gives, before the server relies on it.</summary>
public static class GivenDatabase
{
    private const string Hint = "check --database or FIELDKEEP_DATABASE, and that this PostgreSQL runs";

    /// <summary>Connects once.</summary>
    /// <returns>The connection string, as Npgsql understands it.</returns>
    /// <exception cref="ClusterException">It does not answer, refuses, or is too old. The message never holds a password.</exception>
    public static async Task<string> CheckAsync(string connectionString, CancellationToken cancellationToken)
    {
        var settings = Read(connectionString);
        var place = $"database {settings.Database} on {settings.Host}";
        try
        {
            await using var connection = new NpgsqlConnection(settings.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            return connection.PostgreSqlVersion.Major >= PostgresBinaries.OldestMajorVersion
                ? settings.ConnectionString
                : throw new ClusterException(
                    ClusterTrouble.Unreachable,
                    $"the {place} is PostgreSQL {connection.PostgreSqlVersion}, too old",
                    $"use PostgreSQL {PostgresBinaries.OldestMajorVersion} or newer");
        }
        catch (PostgresException e)
        {
            throw new ClusterException(ClusterTrouble.Unreachable, $"the {place} refuses: {e.MessageText}", Hint, e);
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException)
        {
            throw new ClusterException(ClusterTrouble.Unreachable, $"the {place} does not answer: {e.Message}", Hint, e);
        }
    }

    private static NpgsqlConnectionStringBuilder Read(string connectionString)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connectionString) { IncludeErrorDetail = false };
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new ClusterException(
                ClusterTrouble.Unreachable,
                "the database setting is not a connection string",
                "write it like: Host=db.example.org;Username=fieldkeep;Database=fieldkeep",
                e);
        }
    }
}
