using Npgsql;

namespace Fieldkeep.Backup.Clusters;

/// <summary>Says where a private cluster answers: a socket folder, and the role and database of the server.</summary>
/// <param name="SocketFolder">Absolute path of the folder that holds the cluster's socket.</param>
public sealed record ClusterAddress(string SocketFolder)
{
    /// <summary>The role the server works as: owner of its database, may create databases and replicate, is no superuser.</summary>
    public const string Role = "fieldkeep";

    /// <summary>The database of the server.</summary>
    public const string DatabaseName = "fieldkeep";

    /// <summary>The superuser; only for maintenance, never for requests.</summary>
    public const string Superuser = "postgres";

    /// <summary>The Npgsql connection string of the server's role and database.</summary>
    public string ConnectionString => Build(Role, DatabaseName);

    /// <summary>The connection string of the server's role for another database of this cluster.</summary>
    public string ForDatabase(string database) => Build(Role, database);

    /// <summary>The connection string of the superuser: creating extensions, amcheck, replication settings.</summary>
    public string ForMaintenance(string database = "postgres") => Build(Superuser, database);

    private string Build(string role, string database) =>
        new NpgsqlConnectionStringBuilder
        {
            Host = SocketFolder,
            Username = role,
            Database = database,
            MaxPoolSize = ClusterSettings.MaxPoolSize,
            // Answers must not reach logs through error details.
            IncludeErrorDetail = false,
        }.ConnectionString;
}
