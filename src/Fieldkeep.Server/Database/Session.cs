using Dapper;
using Npgsql;

namespace Fieldkeep.Server.Database;

/// <summary>A connection of one's own, for what ends with it, such as a lock. It is no pool's, and no transaction is open on it.</summary>
internal sealed class Session(NpgsqlConnection connection) : Sql, IAsyncDisposable
{
    /// <inheritdoc/>
    public override Task<int> ExecuteAsync(string sql, object? arguments, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(Command(sql, arguments, null, cancellationToken));

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<T>> ListAsync<T>(string sql, object? arguments, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<T>(Command(sql, arguments, null, cancellationToken))).AsList();

    /// <inheritdoc/>
    public override Task<T?> FindAsync<T>(string sql, object? arguments, CancellationToken cancellationToken)
        where T : default => connection.QueryFirstOrDefaultAsync<T>(Command(sql, arguments, null, cancellationToken));

    /// <inheritdoc/>
    public override Task<T> GetAsync<T>(string sql, object? arguments, CancellationToken cancellationToken) =>
        connection.QueryFirstAsync<T>(Command(sql, arguments, null, cancellationToken));

    /// <summary>Says who takes in what other connections tell this one; it must not throw, nor ask anything here.</summary>
    public void OnTold(Action<string> hear) => connection.Notification += (_, told) => hear(told.Payload);

    /// <summary>Waits until something is told, or for so long.</summary>
    public Task WaitAsync(TimeSpan longest, CancellationToken cancellationToken) => connection.WaitAsync(longest, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
