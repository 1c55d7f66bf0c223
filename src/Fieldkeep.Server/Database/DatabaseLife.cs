using Npgsql;

namespace Fieldkeep.Server.Database;

/// <summary>
/// Tells one life of the database from the next. One that was set back, or whose copy took over, gives numbers to rows and transactions a second time: whatever is
/// remembered by number holds for one life only (decision 0050).
/// </summary>
/// <remarks>
/// No connection outlives the PostgreSQL it leads to. So each new one says which life it leads to before anything is asked on it, and nobody is answered out of
/// another life by what was remembered in an earlier one. A PostgreSQL that merely started anew counts as another life, too: a copy of its files looks the same.
/// </remarks>
internal sealed class DatabaseLife
{
    /// <summary>SQL that gives the life as a text: the cluster, its timeline, the start of its PostgreSQL, and the database in it.</summary>
    public const string Expression = """
        (select concat_ws(' ',
            (select system_identifier from pg_control_system()),
            -- The control file is told of a promotion only some time after it.
            case when pg_is_in_recovery() then 'copy' else left(pg_walfile_name(pg_current_wal_lsn()), 8) end,
            extract(epoch from pg_postmaster_start_time()),
            (select oid from pg_database where datname = current_database())))
        """;

    private const string Ask = "select " + Expression;

    private readonly Lock _gate = new();
    private string? _last;
    private long _number;

    /// <summary>How many other lives came since this process began; it never goes back. Take it before reading what is to be remembered.</summary>
    public long Number => Interlocked.Read(ref _number);

    /// <summary>Says which life a connection leads to.</summary>
    public void Hear(string life)
    {
        lock (_gate)
        {
            if (_last is not null && _last != life)
            {
                Interlocked.Increment(ref _number);
            }

            _last = life;
        }
    }

    /// <summary>Has every new connection say which life it leads to, before it is used.</summary>
    internal NpgsqlDataSourceBuilder Watch(NpgsqlDataSourceBuilder builder) => builder.UsePhysicalConnectionInitializer(
        connection =>
        {
            using var command = new NpgsqlCommand(Ask, connection);
            Hear((string)command.ExecuteScalar()!); // a text is never null here: concat_ws gives one
        },
        async connection =>
        {
            await using var command = new NpgsqlCommand(Ask, connection);
            Hear((string)(await command.ExecuteScalarAsync())!); // as above
        });
}
