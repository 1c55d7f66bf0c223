using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Blobs;

/// <summary>
/// Finds files that no row names: a process died, or lost the database, between finishing one and committing its row. Nobody would ever erase
/// them. What is found is noted as dropped and goes only if nothing means it by then.
/// </summary>
internal sealed class StrayBlobs(Db db, BlobStore store, IEnumerable<BlobsMeantElsewhere> elsewhere, TimeProvider clock)
{
    /// <summary>How long a stray one stays after it was found: a database put back by mistake is replaced by the right one within that time.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(7);

    private const int AtOnce = 1000;

    private const string Note = """
        insert into blobs.dropped (sha256, is_alone, due_at)
        select f.sha256, false, @due from unnest(@found::bytea[]) as f (sha256)
        where not exists (select from blobs.blobs b where b.sha256 = f.sha256)
        on conflict (sha256) do nothing
        """;

    /// <summary>Looks through one of the 256 folders; gives how many strays it found that were not known.</summary>
    public async Task<int> FindAsync(byte folder, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var found = 0;
        if (await BlobsMeantElsewhere.ListAllAsync(elsewhere, cancellationToken) is not { } meant)
        {
            return 0;
        }

        var strays = store.ListBefore(folder, now - DroppedBlobs.KeptFor).Where(file => !meant.Contains(Convert.ToHexStringLower(file.Sha256.Span)));
        foreach (var files in strays.Chunk(AtOnce))
        {
            var arguments = new { found = files.Select(file => file.Sha256.ToArray()).ToArray(), due = now + KeptFor };
            found += await db.ExecuteAsync(Note, arguments, cancellationToken);
        }

        return found;
    }
}
