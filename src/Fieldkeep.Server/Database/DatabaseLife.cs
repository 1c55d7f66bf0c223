using Npgsql;

namespace Fieldkeep.Server.Database;

/// <summary>
/// Tells one life of the database from the next. One that was set back, or whose copy took over, gives numbers to rows and transactions a second time: whatever is
/// remembered by number holds for one life only (decision 0050).
/// </summary>
/// <remarks>
/// No connection outlives the PostgreSQL it leads to. So each new one says which life it leads to before anything is asked on it, and nobody is answered out of
/// another life by what was remembered in an earlier one. A PostgreSQL that merely started anew counts as another life, too: a copy of its files looks the same.
/// Not told apart are a primary that was set aside alive, as long as connections to it are kept (HAProxy ends them), and a dump that was loaded into the same database.
/// </remarks>
internal sealed class DatabaseLife
{
    /// <summary>SQL that gives the life as a text: the timeline, the start of its PostgreSQL, which no other cluster has to the microsecond, and the database in it.</summary>
    public const string Expression = """
        (select concat_ws(' ',
            -- Not out of the control file: that is told of a promotion only some time after it, and before PostgreSQL 15.5 may be read half-written.
            case when pg_is_in_recovery() then 'copy' else left(pg_walfile_name(pg_current_wal_lsn()), 8) end,
            extract(epoch from pg_postmaster_start_time()),
            (select oid from pg_database where datname = current_database())))
        """;

    private const string Ask = "select " + Expression;

    // Nobody can call it off.
    private const int PatienceSeconds = 10;

    private readonly Lock _gate = new();
    private string? _last;
    private long _number;

    /// <summary>How many other lives came since this process began; it never goes back. Take it before reading what is to be remembered.</summary>
    public long Number => Interlocked.Read(ref _number);

    /// <summary>Is called for each other life: connections to the one of before lead nowhere. It must not throw.</summary>
    public event EventHandler? Changed;

    /// <summary>Says which life a connection leads to.</summary>
    public void Hear(string life)
    {
        bool isOther;
        lock (_gate)
        {
            isOther = _last is not null && _last != life;
            if (isOther)
            {
                Interlocked.Increment(ref _number);
            }

            _last = life;
        }

        if (isOther)
        {
            Changed?.Invoke(this, EventArgs.Empty);
        }
    }

    /// <summary>Has every new connection say which life it leads to, before it is used.</summary>
    internal NpgsqlDataSourceBuilder Watch(NpgsqlDataSourceBuilder builder) => builder.UsePhysicalConnectionInitializer(
        connection =>
        {
            using var command = new NpgsqlCommand(Ask, connection) { CommandTimeout = PatienceSeconds };
            Hear((string)command.ExecuteScalar()!); // a text is never null here: concat_ws gives one
        },
        async connection =>
        {
            await using var command = new NpgsqlCommand(Ask, connection) { CommandTimeout = PatienceSeconds };
            Hear((string)(await command.ExecuteScalarAsync())!); // as above
        });
}
