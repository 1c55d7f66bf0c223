using System.Runtime.CompilerServices;
using Dapper;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Kernel;
using Npgsql;

namespace Fieldkeep.Server.Database;

/// <summary>The PostgreSQL database: single statements, transactions, streams. The only place that opens connections.</summary>
/// <remarks>
/// Each of the three has connections of its own. Whoever holds a transaction may ask a single statement, which waits for none that holds a transaction: so many
/// requests at once wait in a queue, never for each other. A transaction within a transaction has no such promise; <c>RevertChange</c> alone does that, two at a time.
/// </remarks>
internal sealed class Db(
    NpgsqlDataSource transactions, NpgsqlDataSource singles, NpgsqlDataSource streams, NpgsqlDataSource leases, NpgsqlDataSource apart, DatabaseLife life) : Sql, IAsyncDisposable
{
    // Long reads have connections of their own: however slowly someone reads, phones find one to write with.
    private const int MaxStreams = 8;

    // One that renews, one that lists.
    private const int MaxLeases = 2;

    private const string Ping = "select 1";

    static Db() => TypeHandlers.Register();

    /// <summary>Which life of the database this is.</summary>
    public DatabaseLife Life => life;

    /// <summary>Opens a database for a command that only reads: it refuses every change, and has few connections.</summary>
    public static Db OpenForReading(string connectionString) => Open(
        new NpgsqlConnectionStringBuilder(connectionString) { Options = "-c default_transaction_read_only=on", MaxPoolSize = 4 }.ConnectionString);

    /// <summary>Opens the pool. Statements are prepared on their second use; names and values never reach messages.</summary>
    public static Db Open(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = "fieldkeep",
            MaxAutoPrepare = 200,
            AutoPrepareMinUsages = 2,
            IncludeErrorDetail = false,
            LogParameters = false,
            NoResetOnClose = true,
        };
        if (!connectionString.Contains("Pool Size", StringComparison.OrdinalIgnoreCase))
        {
            settings.MaxPoolSize = 40;
        }

        if (settings.CommandTimeout == 0)
        {
            // Nobody calls off a commit: without an end, one would be waited for as long as a disk hangs.
            settings.CommandTimeout = 30;
        }

        var life = new DatabaseLife();
        NpgsqlDataSource Pool(int most)
        {
            settings.MaxPoolSize = most;
            return life.Watch(new NpgsqlDataSourceBuilder(settings.ConnectionString)).Build();
        }

        var all = settings.MaxPoolSize;
        var single = Math.Max(1, all * 5 / 12);
        var (transactions, singles) = (Pool(Math.Max(1, all - single)), Pool(single));
        var (streams, leases) = (Pool(Math.Min(all, MaxStreams)), Pool(MaxLeases));
        life.Changed += (_, _) =>
        {
            // One pool has met the new life: no request has to find out for each of the others.
            foreach (var pool in (NpgsqlDataSource[])[transactions, singles, streams, leases])
            {
                pool.Clear();
            }
        };
        settings.Pooling = false;
        return new Db(transactions, singles, streams, leases, new NpgsqlDataSourceBuilder(settings.ConnectionString).Build(), life);
    }

    /// <summary>
    /// Tells whether the database answers in time, by a connection of its own: one that is busy, or has no connection to spare, is there; one that starts,
    /// stops or hangs is not.
    /// </summary>
    public async Task<bool> IsThereAsync(TimeSpan patience)
    {
        using var end = new CancellationTokenSource(patience);
        try
        {
            // What does not even hear that it is cancelled is waited for no longer.
            return await AskApartAsync(end.Token).WaitAsync(end.Token);
        }
        catch (PostgresException refused)
        {
            // Class 08 comes from a pooler between whose own server is gone.
            return refused.SqlState is not (PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or ['0', '8', ..]);
        }
#pragma warning disable CA1031 // Whatever kept it from answering, such as a name that does not resolve: it is not there.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }

    /// <summary>Nothing else goes better while the database is away; when it is there, what failed was the trouble of what was asked.</summary>
    /// <exception cref="System.Data.Common.DbException">It is away.</exception>
    public async Task RequireThereAsync(Exception problem, CancellationToken cancellationToken)
    {
        if (DatabaseFailure.IsOutage(problem))
        {
            await GetAsync<int>("select 1", null, cancellationToken);
        }
    }

    /// <summary>Begins a transaction (read committed). Rolled back on dispose unless committed.</summary>
    public Task<Tx> BeginAsync(CancellationToken cancellationToken) => BeginAsync(transactions, cancellationToken);

    /// <summary>Begins a transaction of leases and servers (<see cref="LeaseRows.Lightly"/>), which waits for nobody's request: they run out within seconds.</summary>
    public async Task<Tx> BeginLightlyAsync(CancellationToken cancellationToken)
    {
        var tx = await BeginAsync(leases, cancellationToken);
        try
        {
            await tx.ExecuteAsync(LeaseRows.Lightly, null, cancellationToken);
            return tx;
        }
        catch
        {
            await tx.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a connection for what ends with it, such as a lock.</summary>
    public async Task<Session> OpenSessionAsync(CancellationToken cancellationToken) => new(await apart.OpenConnectionAsync(cancellationToken));

    /// <inheritdoc/>
    public override async Task<int> ExecuteAsync(string sql, object? arguments, CancellationToken cancellationToken)
    {
        if (IsFenced(sql))
        {
            return await FencedAsync(tx => tx.ExecuteAsync(sql, arguments, cancellationToken), cancellationToken);
        }

        await using var connection = await singles.OpenConnectionAsync(cancellationToken);
        var touched = await connection.ExecuteAsync(Command(sql, arguments, null, cancellationToken));
        RoundWatch.Step();
        return touched;
    }

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<T>> ListAsync<T>(
        string sql, object? arguments, CancellationToken cancellationToken)
    {
        if (IsFenced(sql))
        {
            return await FencedAsync(tx => tx.ListAsync<T>(sql, arguments, cancellationToken), cancellationToken);
        }

        await using var connection = await singles.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<T>(Command(sql, arguments, null, cancellationToken))).AsList();
    }

    /// <inheritdoc/>
    public override async Task<T?> FindAsync<T>(string sql, object? arguments, CancellationToken cancellationToken)
        where T : default
    {
        if (IsFenced(sql))
        {
            return await FencedAsync(tx => tx.FindAsync<T>(sql, arguments, cancellationToken), cancellationToken);
        }

        await using var connection = await singles.OpenConnectionAsync(cancellationToken);
        return await connection.QueryFirstOrDefaultAsync<T>(Command(sql, arguments, null, cancellationToken));
    }

    /// <inheritdoc/>
    public override async Task<T> GetAsync<T>(string sql, object? arguments, CancellationToken cancellationToken)
    {
        if (IsFenced(sql))
        {
            return await FencedAsync(tx => tx.GetAsync<T>(sql, arguments, cancellationToken), cancellationToken);
        }

        await using var connection = await singles.OpenConnectionAsync(cancellationToken);
        return await connection.QueryFirstAsync<T>(Command(sql, arguments, null, cancellationToken));
    }

    /// <summary>Streams the rows of a query of any length; memory stays flat. <paramref name="read"/> maps one row.</summary>
    public async IAsyncEnumerable<T> StreamAsync<T>(
        string sql,
        Action<NpgsqlParameterCollection> bind,
        Func<NpgsqlDataReader, T> read,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var connection = await streams.OpenConnectionAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = 0;
        bind(command.Parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            yield return read(reader);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await apart.DisposeAsync();
        await leases.DisposeAsync();
        await streams.DisposeAsync();
        await singles.DisposeAsync();
        await transactions.DisposeAsync();
    }

    // What only reads needs no lease, and the row of the lease would make a change of it. Told by its beginning: a “select” that writes, through a function, must be
    // in a transaction.
    private static bool IsFenced(string sql) => Fence.Current is not null && !sql.AsSpan().TrimStart().StartsWith("select", StringComparison.Ordinal);

    private static async Task<Tx> BeginAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken);
        Tx tx;
        try
        {
            tx = new Tx(connection, await connection.BeginTransactionAsync(cancellationToken));
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }

        try
        {
            if (Fence.Current is { } fence)
            {
                await fence.RequireAsync(tx, cancellationToken);
            }

            return tx;
        }
        catch
        {
            await tx.DisposeAsync();
            throw;
        }
    }

    // A single statement for all that: whoever holds a transaction may ask it.
    private async Task<T> FencedAsync<T>(Func<Tx, Task<T>> statement, CancellationToken cancellationToken)
    {
        await using var tx = await BeginAsync(singles, cancellationToken);
        var done = await statement(tx);
        await tx.CommitAsync(cancellationToken);
        return done;
    }

    private async Task<bool> AskApartAsync(CancellationToken cancellationToken)
    {
        await using var connection = await apart.OpenConnectionAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = Ping;
        await command.ExecuteScalarAsync(cancellationToken);
        return true;
    }
}
