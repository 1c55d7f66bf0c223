using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Blobs;

/// <summary>Counts the blobs that a database names and whose files are not there: what did not come back with a restore. Writes nothing.</summary>
internal static class MissingBlobs
{
    private const string Named = """
        select b.sha256 from blobs.blobs b where not exists (select from blobs.dropped d where d.sha256 = b.sha256)
        """;

    /// <summary>Counts them, in a database that nobody else writes to.</summary>
    public static async Task<long> CountAsync(Db db, BlobStore blobs, CancellationToken cancellationToken)
    {
        var missing = 0L;
        await foreach (var blob in db.StreamAsync(Named, _ => { }, row => new BlobId(row.GetFieldValue<byte[]>(0)), cancellationToken))
        {
            missing += blobs.Has(blob) ? 0 : 1;
        }

        return missing;
    }
}
