using System.Collections.Concurrent;
using System.Reflection;
using Dapper;
using Fieldkeep.Server.Kernel;
using Npgsql;

namespace Fieldkeep.Server.Database;

/// <summary>One transaction on one connection. <c>Tx</c> in a signature means "joins the caller's transaction".</summary>
internal sealed class Tx(NpgsqlConnection connection, NpgsqlTransaction transaction) : Sql, IAsyncDisposable
{
    private bool _isDisposed;

    // True from the moment a commit is sent: a connection that is lost then hides how it ended.
    private bool _mayBeCommitted;

    private List<Action>? _undoing;

    private List<Action>? _following;

    private List<Func<CancellationToken, Task>>? _preceding;

    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> Arguments = new();

    private List<NpgsqlBatchCommand>? _gathered;

    private NpgsqlConnection Asked => _gathered is null
        ? connection
        : throw new InvalidOperationException("Statements that are sent together can only execute; ask before or after.");

    /// <summary>Commits, and ends: nothing can be asked of it any more. After this returns, what was written survives a power cut, and stands wherever the database was told to have it besides.</summary>
    /// <remarks>
    /// Once it is sent nobody can call it off: PostgreSQL answers a wait for its copies that is called off with success and a warning
    /// (documentation, synchronous replication), and what is acknowledged then stands in one place only.
    /// </remarks>
    /// <exception cref="CommitUnsureException">It is committed here, and perhaps nowhere else.</exception>
    public async Task CommitAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_preceding is { } preceding)
        {
            // Together: each may take a while, and rows are locked.
            await Task.WhenAll(preceding.Select(precede => precede(cancellationToken)));
        }

        _mayBeCommitted = true;
        var isWarned = false;
        void Hear(object sender, NpgsqlNoticeEventArgs told) => isWarned |= told.Notice.InvariantSeverity == "WARNING";
        connection.Notice += Hear;
        try
        {
            await transaction.CommitAsync(CancellationToken.None);
        }
        finally
        {
            connection.Notice -= Hear;
        }

        if (isWarned)
        {
            throw new CommitUnsureException();
        }

        // What comes after, such as an answer that is read anew, keeps no connection from others.
        await DisposeAsync();
        RoundWatch.Step();
        _following?.ForEach(follow => follow());
    }

    /// <summary>Has the commit of this wait for all that was committed before, though nothing is written: for an answer that rests on what somebody else wrote.</summary>
    /// <remarks>
    /// A commit that was unsure stands here and is seen; its copy may lack it. An empty message in the log (documentation, replication functions) lies behind it, and a
    /// commit waits until all before it is where it is to be.
    /// </remarks>
    public Task FollowEarlierAsync(CancellationToken cancellationToken) => ExecuteAsync("select pg_logical_emit_message(true, 'fieldkeep', '')", null, cancellationToken);

    /// <summary>Says what has to be so before this is committed; what it throws prevents the commit.</summary>
    public void BeforeCommit(Func<CancellationToken, Task> precede) => (_preceding ??= []).Add(precede);

    /// <summary>Says what begins once this is committed, such as that somebody is woken; it must not throw, and may be left out by a crash.</summary>
    public void OnCommit(Action follow) => (_following ??= []).Add(follow);

    /// <summary>Says what is to be undone outside the database when this is certainly rolled back; it must not throw.</summary>
    public void OnRollback(Action undo) => (_undoing ??= []).Add(undo);

    /// <summary>
    /// Sends the statements that <paramref name="statements"/> executes in one round trip, in their order. It may execute
    /// only, not ask; how many rows each touched is not told (0), and what fails is thrown from here.
    /// </summary>
    public async Task TogetherAsync(Func<Task> statements, CancellationToken cancellationToken)
    {
        var gathered = _gathered = [];
        try
        {
            await statements();
        }
        finally
        {
            _gathered = null;
        }

        await using var batch = new NpgsqlBatch(connection, transaction);
        foreach (var command in gathered)
        {
            batch.BatchCommands.Add(command);
        }

        if (gathered.Count > 0)
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public override Task<int> ExecuteAsync(string sql, object? arguments, CancellationToken cancellationToken)
    {
        if (_gathered is not { } gathered)
        {
            return connection.ExecuteAsync(Command(sql, arguments, transaction, cancellationToken));
        }

        gathered.Add(Gathered(sql, arguments));
        return Task.FromResult(0);
    }

    /// <summary>Runs statements that may take as long as they take, such as a migration of many rows.</summary>
    public Task<int> ExecuteAtLengthAsync(string sql, CancellationToken cancellationToken) =>
        Asked.ExecuteAsync(new CommandDefinition(sql, null, transaction, commandTimeout: 0, cancellationToken: cancellationToken));

    /// <summary>Gives the first row of a query that always has one, however long it takes.</summary>
    public Task<T> GetAtLengthAsync<T>(string sql, CancellationToken cancellationToken) =>
        Asked.QueryFirstAsync<T>(new CommandDefinition(sql, null, transaction, commandTimeout: 0, cancellationToken: cancellationToken));

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<T>> ListAsync<T>(
        string sql, object? arguments, CancellationToken cancellationToken) =>
        (await Asked.QueryAsync<T>(Command(sql, arguments, transaction, cancellationToken))).AsList();

    /// <inheritdoc/>
    public override Task<T?> FindAsync<T>(string sql, object? arguments, CancellationToken cancellationToken)
        where T : default =>
        Asked.QueryFirstOrDefaultAsync<T>(Command(sql, arguments, transaction, cancellationToken));

    /// <inheritdoc/>
    public override Task<T> GetAsync<T>(string sql, object? arguments, CancellationToken cancellationToken) =>
        Asked.QueryFirstAsync<T>(Command(sql, arguments, transaction, cancellationToken));

    // Values go to Npgsql as they are: numbers, texts, instants, bytes and arrays of them, not our own id types.
    private static NpgsqlBatchCommand Gathered(string sql, object? arguments)
    {
        var command = new NpgsqlBatchCommand(sql);
        if (arguments is not null)
        {
            foreach (var argument in Arguments.GetOrAdd(arguments.GetType(), type => type.GetProperties()))
            {
                command.Parameters.Add(new NpgsqlParameter(argument.Name, argument.GetValue(arguments) ?? DBNull.Value));
            }
        }

        return command;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        // Npgsql uses its transaction objects again: a second dispose could roll back someone else's.
        _isDisposed = true;
        try
        {
            await transaction.DisposeAsync();
        }
        finally
        {
            if (!_mayBeCommitted)
            {
                _undoing?.ForEach(undo => undo());
            }

            await connection.DisposeAsync();
        }
    }
}
