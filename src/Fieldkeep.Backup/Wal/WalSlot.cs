using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace Fieldkeep.Backup.Wal;

/// <summary>Asks PostgreSQL, beside the stream, about the receiver's slot and the end of the log.</summary>
internal sealed class WalSlot : IAsyncDisposable
{
    private const string Find = "select wal_status, restart_lsn::text from pg_catalog.pg_replication_slots where slot_name = @name";

    private const string Make = "select lsn::text from pg_catalog.pg_create_physical_replication_slot(@name, true)";

    private const string Drop = "select pg_catalog.pg_drop_replication_slot(@name)";

    // The clock first: what is committed before it and not yet in the log can only be a moment's work.
    private const string Look = "select clock_timestamp(), pg_catalog.pg_current_wal_insert_lsn()::text";

    private readonly NpgsqlConnection _connection;

    private WalSlot(NpgsqlConnection connection) => _connection = connection;

    public static async Task<WalSlot> OpenAsync(string connectionString, CancellationToken cancellationToken)
    {
        // Under another name than the stream's: it is no standby.
        var text = new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = WalReceiver.StandbyName + "-look" };
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
            return kept;
        }

        if (isThere)
        {
            await DropAsync(cancellationToken);
        }

        await using var make = Command(Make);
        return Lsn.TryParse(await make.ExecuteScalarAsync(cancellationToken) as string)
            ?? throw new InvalidOperationException("PostgreSQL made a slot that keeps nothing.");
    }

    /// <summary>Removes the slot.</summary>
    public async Task DropAsync(CancellationToken cancellationToken)
    {
        await using var drop = Command(Drop);
        await drop.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>PostgreSQL's clock, and the end of its log just after.</summary>
    public async Task<(DateTimeOffset At, Lsn End)> LookAsync(CancellationToken cancellationToken)
    {
        await using var look = new NpgsqlCommand(Look, _connection);
        await using var row = await look.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) && Lsn.TryParse(row.GetString(1)) is { } end
            ? (new DateTimeOffset(row.GetDateTime(0).ToUniversalTime()), end)
            : throw new InvalidOperationException("PostgreSQL does not say where its log ends.");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    [SuppressMessage("Security", "CA2100:Review SQL queries for security vulnerabilities", Justification = "Constants of this file.")]
    private NpgsqlCommand Command(string sql)
    {
        var command = new NpgsqlCommand(sql, _connection);
        command.Parameters.AddWithValue("name", WalReceiver.SlotName);
        return command;
    }
}
