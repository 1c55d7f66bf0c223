using Fieldkeep.Backup.Clusters;
using Npgsql;

namespace Fieldkeep.Backup.Wal;

/// <summary>Reads PostgreSQL's own files of the log in its <c>pg_wal</c>, with SQL: they belong to another user, and may be removed meanwhile.</summary>
internal sealed class OwnLog(ClusterAddress address)
{
    private const string ReadFile = "select pg_catalog.pg_read_binary_file(@path, @offset, @length, true)";

    // As much as PostgreSQL holds in memory at once for it.
    private const int ChunkBytes = 1 << 20;

    /// <summary>Says whether a segment begins with the given bytes; null if PostgreSQL no longer has it.</summary>
    public async Task<bool?> BeginsWithAsync(WalSegment segment, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsync(cancellationToken);
        for (var at = 0; at < bytes.Length; at += ChunkBytes)
        {
            var expected = bytes[at..Math.Min(bytes.Length, at + ChunkBytes)];
            if (await ReadAsync(connection, segment.ToString(), at, expected.Length, cancellationToken) is not { } own)
            {
                return null;
            }

            if (!expected.Span.SequenceEqual(own))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Says whether PostgreSQL still has a segment.</summary>
    public async Task<bool> HasAsync(WalSegment segment, CancellationToken cancellationToken) =>
        await BeginsWithAsync(segment, new byte[1], cancellationToken) is not null;

    // Not with TIMELINE_HISTORY: Npgsql 10.0.0 expects bytes, and PostgreSQL sends text since 15.

    /// <summary>Reads the history of a timeline; null if there is none.</summary>
    public async Task<byte[]?> FindHistoryAsync(uint timeline, CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsync(cancellationToken);
        return await ReadAsync(connection, TimelineHistory.NameOf(timeline), 0, ChunkBytes, cancellationToken);
    }

    private static async Task<byte[]?> ReadAsync(NpgsqlConnection connection, string name, long offset, long length, CancellationToken cancellationToken)
    {
        await using var read = new NpgsqlCommand(ReadFile, connection);
        read.Parameters.AddWithValue("path", "pg_wal/" + name);
        read.Parameters.AddWithValue("offset", offset);
        read.Parameters.AddWithValue("length", length);
        return await read.ExecuteScalarAsync(cancellationToken) as byte[];
    }

    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(address.ForMaintenance() + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        return connection;
    }
}
