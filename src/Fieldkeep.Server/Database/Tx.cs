using Dapper;
using Npgsql;

namespace Fieldkeep.Server.Database;

/// <summary>One transaction on one connection. <c>Tx</c> in a signature means "joins the caller's transaction".</summary>
internal sealed class Tx(NpgsqlConnection connection, NpgsqlTransaction transaction) : Sql, IAsyncDisposable
{
    /// <summary>Commits. After this returns, what was written survives a power cut.</summary>
    public Task CommitAsync(CancellationToken cancellationToken) => transaction.CommitAsync(cancellationToken);

    /// <inheritdoc/>
    public override Task<int> ExecuteAsync(string sql, object? arguments, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(Command(sql, arguments, transaction, cancellationToken));

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<T>> ListAsync<T>(
        string sql, object? arguments, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<T>(Command(sql, arguments, transaction, cancellationToken))).AsList();

    /// <inheritdoc/>
    public override Task<T?> FindAsync<T>(string sql, object? arguments, CancellationToken cancellationToken)
        where T : default =>
        connection.QueryFirstOrDefaultAsync<T>(Command(sql, arguments, transaction, cancellationToken));

    /// <inheritdoc/>
    public override Task<T> GetAsync<T>(string sql, object? arguments, CancellationToken cancellationToken) =>
        connection.QueryFirstAsync<T>(Command(sql, arguments, transaction, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }
}
