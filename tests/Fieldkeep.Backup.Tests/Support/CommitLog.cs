using System.Globalization;
using Fieldkeep.Backup.Clusters;
using Npgsql;

namespace Fieldkeep.Backup.Tests.Support;

/// <summary>Writes one commit after the other and remembers which were acknowledged.</summary>
internal sealed class CommitLog
{
    public const string Make = "create table field.marks (id int primary key, filler text)";

    /// <summary>The highest number PostgreSQL acknowledged.</summary>
    public int Acknowledged { get; private set; }

    /// <summary>Writes that many commits, or until PostgreSQL is gone or the token is cancelled.</summary>
    public async Task WriteAsync(ClusterAddress address, int count, int fillerBytes, CancellationToken enough)
    {
        try
        {
            await using var connection = new NpgsqlConnection(address.ConnectionString + ";Pooling=false");
            await connection.OpenAsync(enough);
            for (var left = count; left > 0 && !enough.IsCancellationRequested; left--)
            {
                await using var insert = new NpgsqlCommand("insert into field.marks values (@id, repeat('x', @bytes))", connection);
                insert.Parameters.AddWithValue("id", Acknowledged + 1);
                insert.Parameters.AddWithValue("bytes", fillerBytes);
                await insert.ExecuteNonQueryAsync(CancellationToken.None);
                Acknowledged++;
            }
        }
        catch (NpgsqlException)
        {
            // PostgreSQL was killed: that is the test.
        }
    }

    /// <summary>The numbers that are there: how many, and the highest.</summary>
    public static Task<string?> CountAsync(ClusterAddress address) =>
        RunningReceiver.ScalarAsync(address, "select count(*) || ' ' || coalesce(max(id), 0) from field.marks");

    /// <summary>What <see cref="CountAsync"/> says when the first so many are there and nothing else.</summary>
    public static string Exactly(int count) => string.Create(CultureInfo.InvariantCulture, $"{count} {count}");
}
