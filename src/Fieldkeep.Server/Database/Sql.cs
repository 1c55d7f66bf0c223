using System.Data.Common;
using Dapper;

namespace Fieldkeep.Server.Database;

/// <summary>Runs SQL constants; <see cref="Db"/> opens a connection for each, <see cref="Tx"/> keeps one.</summary>
internal abstract class Sql
{
    /// <summary>Runs a statement and gives the number of rows it touched.</summary>
    public abstract Task<int> ExecuteAsync(string sql, object? arguments, CancellationToken cancellationToken);

    /// <summary>Gives all rows of a query. Only for lists whose length is bounded by a limit.</summary>
    public abstract Task<IReadOnlyList<T>> ListAsync<T>(string sql, object? arguments, CancellationToken cancellationToken);

    /// <summary>Gives the first row of a query, or the default of <typeparamref name="T"/> when there is none.</summary>
    public abstract Task<T?> FindAsync<T>(string sql, object? arguments, CancellationToken cancellationToken);

    /// <summary>Gives the first row of a query that always has one.</summary>
    public abstract Task<T> GetAsync<T>(string sql, object? arguments, CancellationToken cancellationToken);

    /// <summary>Runs a statement on a connection.</summary>
    private protected static CommandDefinition Command(
        string sql, object? arguments, DbTransaction? transaction, CancellationToken cancellationToken) =>
        new(sql, arguments is JoinedArguments joined ? joined.Join() : arguments, transaction, cancellationToken: cancellationToken);
}
