using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Blobs;

/// <summary>
/// Deletes the files of blobs that no row means any more, some time after: a backup copies the database first and the blobs after it, and
/// a version that is copied meanwhile may still mean them.
/// </summary>
internal sealed class DroppedBlobs(
    Db db, BlobStore store, IEnumerable<BlobMeaning> meanings, IEnumerable<BlobsMeantElsewhere> elsewhere, TimeProvider clock)
{
    /// <summary>How long a blob stays that something else could still mean.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(2);

    /// <summary>
    /// How long one stays whose content lies in another now: longer than a snapshot of before an upgrade is kept (<c>Snapshots.KeptFor</c>), for a
    /// database that is gone back to names the former ones.
    /// </summary>
    public static readonly TimeSpan ReplacedKeptFor = StrayBlobs.KeptFor;

    private const int AtOnce = 1000;
    private static readonly TimeSpan LookAgain = TimeSpan.FromHours(1);

    private const string Insert = """
        insert into blobs.dropped (sha256, is_alone, due_at) select distinct sha256, @alone, @due from unnest(@blobs::bytea[]) as gone (sha256)
        on conflict (sha256) do update
        set is_alone = dropped.is_alone or excluded.is_alone,
            due_at = case when dropped.is_alone or excluded.is_alone then least(dropped.due_at, excluded.due_at) else greatest(dropped.due_at, excluded.due_at) end
        """;
    private const string Due = """
        select sha256, is_alone from blobs.dropped where due_at <= @now order by due_at limit @rows
        """;
    private const string Later = "update blobs.dropped set due_at = @later where sha256 = any (@blobs::bytea[])";
    private const string Forget = """
        with gone as (delete from blobs.dropped where sha256 = any (@blobs::bytea[]) returning sha256)
        delete from blobs.blobs where sha256 = any (@deleted::bytea[])
        """;

    /// <summary>Notes blobs in the transaction that takes them off their rows.</summary>
    /// <param name="areAlone">Nothing else can mean them: they go with the next sweep.</param>
    public Task NoteAsync(Tx tx, IReadOnlyList<byte[]> blobs, bool areAlone, CancellationToken cancellationToken) =>
        NoteAsync(tx, blobs, areAlone, areAlone ? TimeSpan.Zero : KeptFor, cancellationToken);

    /// <summary>Notes one whose content another has from now on, in the transaction that names the other; what is to be gone for good is not noted so.</summary>
    public Task NoteReplacedAsync(Tx tx, byte[] blob, CancellationToken cancellationToken) =>
        NoteAsync(tx, [blob], areAlone: false, ReplacedKeptFor, cancellationToken);

    private Task NoteAsync(Tx tx, IReadOnlyList<byte[]> blobs, bool areAlone, TimeSpan keptFor, CancellationToken cancellationToken)
    {
        if (blobs.Count == 0)
        {
            return Task.CompletedTask;
        }

        var arguments = new { alone = areAlone, due = clock.GetUtcNow() + keptFor, blobs = blobs.ToArray() };
        return tx.ExecuteAsync(Insert, arguments, cancellationToken);
    }

    /// <summary>Deletes what is due; gives how many files.</summary>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var deleted = 0;
        while (true)
        {
            var due = await db.ListAsync<Row>(Due, new { now = clock.GetUtcNow(), rows = AtOnce }, cancellationToken);
            if (due.Count == 0)
            {
                return deleted;
            }

            var doubtful = due.Where(row => !row.IsAlone).Select(row => row.Sha256).ToArray();
            if (await MeantAsync(doubtful, cancellationToken) is not { } meant)
            {
                await PostponeAsync(doubtful, cancellationToken);
                continue;
            }

            var gone = due.Select(row => row.Sha256).Where(blob => !meant.Contains(Convert.ToHexStringLower(blob))).ToArray();
            var kept = gone.Where(blob => !TryDelete(blob)).Select(Convert.ToHexStringLower).ToHashSet(StringComparer.Ordinal);

            // The files first: a row without a file is found by nobody, a file without a row by nobody ever again.
            bool IsDone(byte[] blob) => !kept.Contains(Convert.ToHexStringLower(blob));
            var arguments = new { blobs = due.Select(row => row.Sha256).Where(IsDone).ToArray(), deleted = gone.Where(IsDone).ToArray() };
            await db.ExecuteAsync(Forget, arguments, cancellationToken);
            deleted += arguments.deleted.Length;
            if (kept.Count > 0)
            {
                await PostponeAsync([.. gone.Where(blob => !IsDone(blob))], cancellationToken);
            }
        }
    }

    // One that cannot be deleted holds up no other; it is tried again in an hour.
    private bool TryDelete(byte[] blob)
    {
        try
        {
            store.Delete(new BlobId(blob));
            return true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private Task<int> PostponeAsync(byte[][] blobs, CancellationToken cancellationToken) =>
        db.ExecuteAsync(Later, new { later = clock.GetUtcNow() + LookAgain, blobs }, cancellationToken);

    // Null while not everybody can be asked.
    private async Task<IReadOnlySet<string>?> MeantAsync(byte[][] blobs, CancellationToken cancellationToken)
    {
        if (blobs.Length == 0)
        {
            return new HashSet<string>(StringComparer.Ordinal);
        }

        // The journal before the tables: what is stored meanwhile is in them.
        if (await BlobsMeantElsewhere.ListAllAsync(elsewhere, cancellationToken) is not { } others)
        {
            return null;
        }

        var meant = new HashSet<string>(others, StringComparer.Ordinal);

        foreach (var meaning in meanings)
        {
            foreach (var blob in await db.ListAsync<byte[]>(meaning.Query, new { blobs }, cancellationToken))
            {
                meant.Add(Convert.ToHexStringLower(blob));
            }
        }

        return meant;
    }

    private sealed record Row(byte[] Sha256, bool IsAlone);
}

/// <summary>Says which of the blobs <c>@blobs</c> a table still means; registered by the room whose table it is.</summary>
/// <param name="Query">Gives their names.</param>
internal sealed record BlobMeaning(string Query);
