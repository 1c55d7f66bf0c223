using Fieldkeep.Backup.Wal;

namespace Fieldkeep.Backup.Clusters;

/// <summary>Says how carefully a cluster keeps what it is given.</summary>
public enum ClusterMode
{
    /// <summary>Every acknowledged write survives a power cut.</summary>
    Durable,

    /// <summary>Fast and forgetful: only for test suites, whose data nobody misses.</summary>
    Disposable,
}

/// <summary>Writes the configuration of a private cluster.</summary>
internal static class ClusterSettings
{
    /// <summary>The file with our settings, read at the end of <c>postgresql.conf</c>.</summary>
    public const string FileName = "fieldkeep.conf";

    /// <summary>The line that reads it.</summary>
    public const string Include = $"\ninclude '{FileName}'\n";

    private const long SmallMachineBytes = 2L << 30;
    private const long TinyMachineBytes = 1L << 30;

    /// <summary>
    /// How many connections a server keeps at most: each is a process of PostgreSQL that grows to 8 MB with what it remembers, and where the machine, or the
    /// container, has less than a gigabyte, forty of them would be all there is.
    /// </summary>
    public static int MaxPoolSize => Memory < TinyMachineBytes ? 12 : 40;

    // Of the container, where there is one.
    private static long Memory => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>The settings of the cluster.</summary>
    /// <param name="mode">How carefully it keeps data.</param>
    /// <param name="waitsForBackup">Whether a commit waits until the continuous backup has it on its disk.</param>
    /// <param name="socketFolder">Where it listens.</param>
    /// <param name="logFolder">Where its own log goes.</param>
    public static string Settings(ClusterMode mode, bool waitsForBackup, string socketFolder, string logFolder) =>
        $"""
        # Written by Fieldkeep at every start; changes here are lost. Use ALTER SYSTEM for your own.
        listen_addresses = ''
        port = 5432
        unix_socket_directories = {Quote(socketFolder)}
        unix_socket_permissions = 0700
        max_connections = {(mode == ClusterMode.Durable ? 60 : 100)}
        superuser_reserved_connections = 3

        {(mode == ClusterMode.Durable ? Durable() : Disposable)}

        # Without a limit for slots: it would hold for that of a base backup, too, which must not lose its beginning. The follower watches its own.
        max_slot_wal_keep_size = -1
        synchronous_standby_names = {(waitsForBackup ? $"'\"{WalReceiver.StandbyName}\"'" : "''")}

        random_page_cost = 1.1
        jit = off
        huge_pages = try
        password_encryption = 'scram-sha-256'
        timezone = 'UTC'
        log_timezone = 'UTC'

        # Answers never reach a log: no statements, no parameters, no failed statements.
        logging_collector = on
        log_directory = {Quote(logFolder)}
        log_filename = 'postgresql-%a.log'
        log_file_mode = 0600
        log_rotation_age = 1d
        log_truncate_on_rotation = on
        log_line_prefix = '%m [%p] %q%u@%d '
        log_statement = 'none'
        log_duration = off
        log_min_duration_statement = -1
        log_parameter_max_length = 0
        log_parameter_max_length_on_error = 0
        log_min_error_statement = panic
        log_error_verbosity = terse

        """;

    /// <summary>Who may connect: over the socket only, as themselves, along the map.</summary>
    public const string HostRules =
        """
        # Written by Fieldkeep at every start.
        local all         all peer map=fieldkeep
        local replication all peer map=fieldkeep

        """;

    /// <summary>Which operating system user may be which role.</summary>
    public static string UserMap(IReadOnlyList<string> users) =>
        "# Written by Fieldkeep at every start.\n" + string.Concat(
            from user in users
            from role in new[] { ClusterAddress.Role, ClusterAddress.Superuser }
            select $"fieldkeep \"{user}\" {role}\n");

    private const string Disposable =
        """
        fsync = off
        synchronous_commit = off
        full_page_writes = off
        shared_buffers = 64MB
        max_wal_size = 1GB
        checkpoint_timeout = 60min
        wal_level = replica
        # A database is gone before it is worth tidying.
        autovacuum_naptime = 30min
        """;

    private static string Durable()
    {
        var memory = Memory;
        var shared = memory < TinyMachineBytes ? 64 : memory < SmallMachineBytes ? 128 : 256;
        return $"""
            fsync = on
            synchronous_commit = on
            full_page_writes = on
            wal_level = replica
            wal_compression = on
            max_wal_size = 2GB
            checkpoint_timeout = 15min
            checkpoint_completion_target = 0.9
            shared_buffers = {shared}MB
            effective_cache_size = {Math.Clamp(memory / 2 >> 20, 256, 16384)}MB
            work_mem = 8MB
            maintenance_work_mem = 64MB
            """;
    }

    private static string Quote(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";
}
