using Fieldkeep.Server.Tests.Support;
using Npgsql;
using Xunit;

namespace Fieldkeep.Server.Tests.Submissions.Intake;

/// <summary>Lets nobody write submissions, and cuts off whoever waits: to them the database goes away in the middle.</summary>
internal sealed class HeldTable : IAsyncDisposable
{
    // Within a transaction, who is connected is seen as it was at the first look.
    private const string CutOff = """
        select pg_stat_clear_snapshot();
        select count(pg_terminate_backend(pid)) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and wait_event_type = 'Lock'
        """;

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    private HeldTable(NpgsqlConnection connection, NpgsqlTransaction transaction) => (_connection, _transaction) = (connection, transaction);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Holds it until it is disposed.</summary>
    public static async Task<HeldTable> TakeAsync(TestServer server)
    {
        var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync(Token);
        var held = new HeldTable(connection, await connection.BeginTransactionAsync(Token));
        await held.RunAsync("lock table submissions.submissions in share mode");
        return held;
    }

    /// <summary>Gives the answer to what is sent while the database goes away again and again.</summary>
    public async Task<HttpResponseMessage> AnswerAsync(Task<HttpResponseMessage> sending)
    {
        while (!sending.IsCompleted)
        {
            await RunAsync(CutOff);
            await Task.Delay(20, Token);
        }

        return await sending;
    }

    /// <summary>Changes the database meanwhile; it counts from the end on.</summary>
    public async Task RunAsync(string sql)
    {
#pragma warning disable CA2100 // Constants of these tests.
        await using var command = new NpgsqlCommand(sql, _connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(Token);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _transaction.CommitAsync(Token);
        await _connection.DisposeAsync();
    }
}
