using System.Diagnostics.CodeAnalysis;
using Fieldkeep.Backup.Clusters;
using Npgsql;

namespace Fieldkeep.Backup.Wal;

/// <summary>
/// Holds the slot with which PostgreSQL keeps its log for the receiver, and asks beside the stream where the log ends. The stream does not use the slot:
/// it is moved on from here, one segment behind, so that what was kept last can be compared with PostgreSQL's own bytes.
/// </summary>
internal sealed class WalSlot : IAsyncDisposable
{
    /// <summary>So far the receiver may stay behind; then PostgreSQL's own disk comes first.</summary>
    public const long MaxKeptBytes = 4L << 30;

    private const string Find = "select wal_status, restart_lsn::text from pg_catalog.pg_replication_slots where slot_name = @name";

    private const string Make = "select lsn::text from pg_catalog.pg_create_physical_replication_slot(@name, true)";

    private const string Move = "select pg_catalog.pg_replication_slot_advance(@name, @place::pg_lsn)";

    private const string Drop = """
        select pg_catalog.pg_drop_replication_slot(slot_name) from pg_catalog.pg_replication_slots where slot_name = @name and not active
        """;

    private const string Behind = """
        select pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), restart_lsn)::bigint
        from pg_catalog.pg_replication_slots where slot_name = @name and restart_lsn is not null
        """;

    // Only a base backup's: its name is ours, and it is gone with its connection.
    private const string EndBackups = """
        select count(pg_catalog.pg_terminate_backend(active_pid)) from pg_catalog.pg_replication_slots
        where temporary and slot_name like 'fieldkeep\_backup\_%' and active_pid is not null
            and pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), restart_lsn) > @bytes
        """;

    // The clock first: what is committed until then and not yet in the log can only be a moment's work.
    private const string Look = """
        select clock_timestamp(), pg_catalog.pg_current_wal_insert_lsn()::text, pg_catalog.pg_current_wal_flush_lsn()::text
        """;

    // At the beginning of a page the next record is said to come behind the page's own header, which is not there yet.
    private const int PageBytes = 8192;
    private const int PageHeaderBytes = 24;
    private const int SegmentHeaderBytes = 40;

    private readonly NpgsqlConnection _connection;
    private Lsn _keptFrom;

    private WalSlot(NpgsqlConnection connection) => _connection = connection;

    public static async Task<WalSlot> OpenAsync(ClusterAddress address, CancellationToken cancellationToken)
    {
        // Under another name than the stream's: it is no standby.
        var text = new NpgsqlConnectionStringBuilder(address.ConnectionString) { ApplicationName = WalReceiver.StandbyName + "-look", Pooling = false };
        var connection = new NpgsqlConnection(text.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return new WalSlot(connection);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Drops the slot of a receiver that is more than <see cref="MaxKeptBytes"/> behind, or that does not run at all. Returns how many bytes that were
    /// being kept are given up; null if none.
    /// </summary>
    /// <param name="maxBytes">How far behind it may be.</param>
    public static async Task<long?> GiveUpAsync(ClusterAddress address, long maxBytes, CancellationToken cancellationToken)
    {
        await using var slot = await OpenAsync(address, cancellationToken);
        await using var behind = slot.Command(Behind);
        if (await behind.ExecuteScalarAsync(cancellationToken) is not long bytes || bytes <= maxBytes)
        {
            return null;
        }

        await slot.DropAsync(cancellationToken);
        return bytes;
    }

    /// <summary>Ends base backups that hang: those for which PostgreSQL keeps more of its log than that. Returns how many.</summary>
    /// <param name="maxBytes">So much it may keep.</param>
    public static async Task<long> EndBackupsAsync(ClusterAddress address, long maxBytes, CancellationToken cancellationToken)
    {
        // A base backup's connection is the superuser's, which no other may end.
        await using var connection = new NpgsqlConnection(address.ForMaintenance() + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using var end = new NpgsqlCommand(EndBackups, connection);
        end.Parameters.AddWithValue("bytes", maxBytes);
        return await end.ExecuteScalarAsync(cancellationToken) is long count ? count : 0;
    }

    /// <summary>Makes the slot if it is absent, anew if PostgreSQL gave it up; returns the place from which PostgreSQL keeps its log.</summary>
    public async Task<Lsn> PrepareAsync(CancellationToken cancellationToken)
    {
        string? status = null, restart = null;
        var isThere = false;
        await using (var find = Command(Find))
        {
            await using var row = await find.ExecuteReaderAsync(cancellationToken);
            if (await row.ReadAsync(cancellationToken))
            {
                isThere = true;
                status = await row.IsDBNullAsync(0, cancellationToken) ? null : row.GetString(0);
                restart = await row.IsDBNullAsync(1, cancellationToken) ? null : row.GetString(1);
            }
        }

        if (isThere && status != "lost" && Lsn.TryParse(restart) is { } kept)
        {
            return _keptFrom = kept;
        }

        if (isThere)
        {
            await DropAsync(cancellationToken);
        }

        await using var make = Command(Make);
        return _keptFrom = Lsn.TryParse(await make.ExecuteScalarAsync(cancellationToken) as string)
            ?? throw new InvalidOperationException("PostgreSQL made a slot that keeps nothing.");
    }

    /// <summary>Lets PostgreSQL do without what is durable here, all but the last whole segment and the one that is being written.</summary>
    public async Task MoveAsync(Lsn durable, CancellationToken cancellationToken)
    {
        var from = new Lsn(Math.Max(durable.Segment, 1) * WalSegment.Bytes - WalSegment.Bytes);
        if (from <= _keptFrom)
        {
            return;
        }

        await using var move = Command(Move);
        move.Parameters.AddWithValue("place", from.ToString());
        await move.ExecuteNonQueryAsync(cancellationToken);
        _keptFrom = from;
    }

    /// <summary>Removes the slot, if it is there.</summary>
    public async Task DropAsync(CancellationToken cancellationToken)
    {
        await using var drop = Command(Drop);
        await drop.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>PostgreSQL's clock, and just after the end of its log, and up to where that is on its own disk: whatever waits for us lies before.</summary>
    public async Task<(DateTimeOffset At, Lsn End, Lsn Flushed)> LookAsync(CancellationToken cancellationToken)
    {
        await using var look = new NpgsqlCommand(Look, _connection);
        await using var row = await look.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) && Lsn.TryParse(row.GetString(1)) is { } end && Lsn.TryParse(row.GetString(2)) is { } flushed
            ? (new DateTimeOffset(row.GetDateTime(0).ToUniversalTime()), WithoutHeader(end), flushed)
            : throw new InvalidOperationException("PostgreSQL does not say where its log ends.");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static Lsn WithoutHeader(Lsn end) =>
        new(end.Offset == SegmentHeaderBytes ? end.Value - SegmentHeaderBytes
            : end.Offset > PageBytes && end.Offset % PageBytes == PageHeaderBytes ? end.Value - PageHeaderBytes
            : end.Value);

    [SuppressMessage("Security", "CA2100:Review SQL queries for security vulnerabilities", Justification = "Constants of this file.")]
    private NpgsqlCommand Command(string sql)
    {
        var command = new NpgsqlCommand(sql, _connection);
        command.Parameters.AddWithValue("name", WalReceiver.SlotName);
        return command;
    }
}
