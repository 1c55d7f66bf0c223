using Fieldkeep.Server.Database;
using Fieldkeep.Vault.Merkle;
using Npgsql;

namespace Fieldkeep.Server.Ledger.Verification;

/// <summary>
/// Makes every leaf, the tree and its kept nodes anew from the rows, and holds each checkpoint to it. Rows are streamed: memory
/// is flat, whatever the ledger's size.
/// </summary>
/// <param name="db">The database, for reading only.</param>
/// <param name="signatures">Reads and checks the checkpoints.</param>
/// <param name="bodies">Opens bodies; null without keys.</param>
/// <param name="findings">Takes what does not hold.</param>
internal sealed class VerifyEntries(Db db, CheckpointJudge signatures, EntryBodies? bodies, Findings findings)
{
    private const string InTree = "select l.leaf_index, l.entry_id, l.leaf, " + StoredEntry.Columns + """

        from ledger.leaves l left join ledger.entries e on e.id = l.entry_id
        where l.leaf_index < @size order by l.leaf_index
        """;
    private const string Signed = "select size, root, at, note from ledger.checkpoints where size <= @size order by size";

    // In the order in which a growing tree completes them.
    private const string Kept = """
        select level, node_index, hash from ledger.nodes
        where ((node_index + 1) << level) <= @size order by ((node_index + 1) << level), level
        """;
    private const string Waiting = "select " + StoredEntry.Columns + """

        from ledger.entries e
        where not exists (select from ledger.leaves l where l.entry_id = e.id and l.leaf_index < @size) order by e.id
        """;

    private const string Now = "select now()";

    // Leaves and their checkpoint are written together.
    private const string Beyond = """
        select l.leaf_index, l.entry_id from ledger.leaves l
        where l.leaf_index >= (select coalesce(max(size), 0) from ledger.checkpoints) order by l.leaf_index limit 1000
        """;

    private const string Copied = "select min(id), row_id::text from ledger.entries group by row_id having count(*) > 1 limit 1000";

    // The sealer comes by once a second; no change takes as long as this.
    private static readonly TimeSpan LongestUnsealed = TimeSpan.FromHours(1);

    private static readonly TimeSpan LongestUsual = TimeSpan.FromMinutes(2);

    private readonly MerkleFrontier _tree = new();
    private bool _isBroken;
    private DateTimeOffset? _longestWaiting;
    private DateTimeOffset _signedBefore = DateTimeOffset.MaxValue;
    private (long Entry, long Leaf, DateTimeOffset At)? _oldest;
    private long _sound;

    /// <summary>How many bodies nobody can open, because their project was erased.</summary>
    public long Erased { get; private set; }

    /// <summary>How many entries wait to be sealed.</summary>
    public long Unsealed { get; private set; }

    /// <summary>How many checkpoints there are.</summary>
    public long CheckpointCount { get; private set; }

    /// <summary>Looks at the first leaves and at all entries that are none.</summary>
    /// <param name="last">The newest checkpoint, which says how many.</param>
    public async Task RunAsync(CheckpointRow last, CancellationToken cancellationToken)
    {
        await using var checkpoints = Stream(Signed, last.Size, ReadCheckpoint, cancellationToken);
        await using var nodes = Stream(Kept, last.Size, ReadNode, cancellationToken);
        var next = await NextAsync(checkpoints);
        await using (var leaves = Stream(InTree, last.Size, ReadLeaf, cancellationToken))
        {
            while (await NextAsync(leaves) is { } leaf)
            {
                next = await FillAsync(leaf.Index, checkpoints, nodes, next);
                if (leaf.Index == _tree.Size)
                {
                    Check(leaf);
                    next = await AppendAsync(leaf.Hash, checkpoints, nodes, next);
                }
            }
        }

        await FillAsync(last.Size, checkpoints, nodes, next);
        await foreach (var entry in db.StreamAsync(
            Waiting, parameters => parameters.AddWithValue("size", last.Size), row => StoredEntry.Read(row, 0), cancellationToken))
        {
            CheckUnsealed(entry ?? throw new InvalidOperationException("An entry has an id."), last.At);
        }

        if (_longestWaiting is { } oldest && oldest < await db.GetAsync<DateTimeOffset>(Now, null, cancellationToken) - LongestUsual)
        {
            findings.Remark($"{Unsealed} entries wait to be sealed, the oldest since {oldest:u}: while the server runs it takes a second. Look whether something keeps it from that.");
        }

        await CheckStrangersAsync(cancellationToken);
    }

    private async Task CheckStrangersAsync(CancellationToken cancellationToken)
    {
        await foreach (var (leaf, entry) in db.StreamAsync(Beyond, _ => { }, row => (row.GetInt64(0), row.GetInt64(1)), cancellationToken))
        {
            findings.Add(new Finding("leaf.beyond", $"Leaf {leaf} of entry {entry} is in no checkpoint: somebody put it in beside the sealer.")
            {
                Entry = entry,
                Leaf = leaf,
            });
        }

        await foreach (var (entry, row) in db.StreamAsync(Copied, _ => { }, row => (row.GetInt64(0), row.GetString(1)), cancellationToken))
        {
            findings.Add(new Finding("entry.copied", $"Several entries have the row {row}, the first is {entry}: somebody copied a body.") { Entry = entry });
        }
    }

    // Leaves that somebody took away: the tree has a hole there, and every later checkpoint shows it.
    private async Task<CheckpointRow?> FillAsync(
        long upTo, IAsyncEnumerator<CheckpointRow> checkpoints, IAsyncEnumerator<MerkleNode> nodes, CheckpointRow? next)
    {
        if (_tree.Size < upTo)
        {
            findings.Add(new Finding(
                "leaf.missing",
                upTo - _tree.Size == 1
                    ? $"Leaf {_tree.Size} is gone: nobody knows any more which entry it was."
                    : $"Leaves {_tree.Size} to {upTo - 1} are gone: nobody knows any more which entries they were.")
            {
                Leaf = _tree.Size,
            });
        }

        while (_tree.Size < upTo)
        {
            next = await AppendAsync(new byte[MerkleHash.Size], checkpoints, nodes, next);
        }

        return next;
    }

    private void Check(LeafRow leaf)
    {
        if (leaf.Entry is not { } entry)
        {
            findings.Add(new Finding("entry.missing", $"Entry {leaf.EntryId} is gone; it was leaf {leaf.Index}.")
            {
                Entry = leaf.EntryId,
                Leaf = leaf.Index,
            });
            return;
        }

        var hash = entry.Rehash();
        if (!hash.AsSpan().SequenceEqual(leaf.Hash) || !hash.AsSpan().SequenceEqual(entry.Leaf))
        {
            findings.Add(new Finding(
                "entry.changed",
                $"Entry {entry.Id} ({entry.Action}, {entry.At:u}) is not what was sealed as leaf {leaf.Index}: somebody changed or exchanged it.")
            {
                Entry = entry.Id,
                Leaf = leaf.Index,
            });
        }

        if (_oldest is null || entry.At < _oldest.Value.At)
        {
            _oldest = (entry.Id, leaf.Index, entry.At);
        }

        Open(entry, leaf.Index);
    }

    // What is sealed with a checkpoint happened after the one before it, but for clocks and long transactions.
    private void CheckAge(CheckpointRow checkpoint)
    {
        if (_oldest is { } oldest && _signedBefore != DateTimeOffset.MaxValue && oldest.At < _signedBefore - LongestUnsealed)
        {
            findings.Add(new Finding(
                "entry.backdated",
                $"Entry {oldest.Entry} says {oldest.At:u}, and was sealed with those after {_signedBefore:u}: somebody put it in later, or the clock was wrong.")
            {
                Entry = oldest.Entry,
                Leaf = oldest.Leaf,
            });
        }

        _oldest = null;
        _signedBefore = checkpoint.At;
    }

    private void CheckUnsealed(StoredEntry entry, DateTimeOffset sealedAt)
    {
        Unsealed++;
        _longestWaiting = _longestWaiting is { } oldest && oldest <= entry.At ? oldest : entry.At;
        if (!entry.Rehash().AsSpan().SequenceEqual(entry.Leaf))
        {
            findings.Add(new Finding(
                "entry.changed", $"Entry {entry.Id} ({entry.Action}, {entry.At:u}), which waits to be sealed, does not fit its leaf: somebody changed it.")
            {
                Entry = entry.Id,
            });
        }
        else if (entry.At < sealedAt - LongestUnsealed)
        {
            findings.Add(new Finding(
                "entry.unsealed", $"Entry {entry.Id} ({entry.Action}, {entry.At:u}) was not sealed with those of its time: somebody put it in later.")
            {
                Entry = entry.Id,
            });
        }

        Open(entry, null);
    }

    private void Open(StoredEntry entry, long? leaf)
    {
        byte[]? plain = null;
        switch (bodies?.Open(entry.Project, entry.Row, entry.Body, out plain))
        {
            case BodyState.Opened when plain is null || entry.Fits(plain):
                break;
            case BodyState.Opened:
                findings.Add(new Finding(
                    "entry.forged", $"Entry {entry.Id} ({entry.Action}, {entry.At:u}) has a body that was sealed for another entry.")
                {
                    Entry = entry.Id,
                    Leaf = leaf,
                });
                break;
            case BodyState.Erased:
                Erased++;
                break;
            case BodyState.Refused:
                findings.Add(new Finding(
                    "entry.forged", $"Entry {entry.Id} ({entry.Action}, {entry.At:u}) has a body that no key of this installation sealed for it.")
                {
                    Entry = entry.Id,
                    Leaf = leaf,
                });
                break;
            default:
                break;
        }
    }

    private async Task<CheckpointRow?> AppendAsync(
        byte[] hash, IAsyncEnumerator<CheckpointRow> checkpoints, IAsyncEnumerator<MerkleNode> nodes, CheckpointRow? next)
    {
        foreach (var node in _tree.Append(hash).Where(node => LedgerTree.IsKept(node.Level)))
        {
            if (await NextAsync(nodes) is not { } kept || kept.Level != node.Level || kept.Index != node.Index || !kept.Hash.AsSpan().SequenceEqual(node.Hash))
            {
                findings.Add(new Finding("node.changed", $"The tree's node {node.Index} on level {node.Level} is missing or does not fit its leaves.")
                {
                    Leaf = node.Index << node.Level,
                });
            }
        }

        while (next is { } due && due.Size <= _tree.Size)
        {
            CheckpointCount++;
            signatures.Check(due);
            CheckAge(due);
            if (!_tree.Root().AsSpan().SequenceEqual(due.Root))
            {
                ReportBroken(due);
            }
            else if (!_isBroken)
            {
                _sound = due.Size;
            }

            next = await NextAsync(checkpoints);
        }

        return next;
    }

    // Every later checkpoint stands on the same leaves, so the first that does not fit says where.
    private void ReportBroken(CheckpointRow checkpoint)
    {
        if (_isBroken)
        {
            return;
        }

        _isBroken = true;
        findings.Add(new Finding(
            "checkpoint.root",
            $"The entries do not have the root that was signed for {checkpoint.Size} entries at {checkpoint.At:u}: something among leaves {_sound} to {checkpoint.Size - 1} was changed, exchanged, added or taken away. Later checkpoints cannot fit either.")
        {
            Checkpoint = checkpoint.Size,
            Leaf = _sound,
        });
    }

    private IAsyncEnumerator<T> Stream<T>(string sql, long size, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) =>
        db.StreamAsync(sql, parameters => parameters.AddWithValue("size", size), read, cancellationToken)
            .GetAsyncEnumerator(cancellationToken);

    private static async Task<T?> NextAsync<T>(IAsyncEnumerator<T> rows)
        where T : class => await rows.MoveNextAsync() ? rows.Current : null;

    private static LeafRow ReadLeaf(NpgsqlDataReader row) =>
        new(row.GetInt64(0), row.GetInt64(1), row.GetFieldValue<byte[]>(2), StoredEntry.Read(row, 3));

    private static CheckpointRow ReadCheckpoint(NpgsqlDataReader row) =>
        new(row.GetInt64(0), row.GetFieldValue<byte[]>(1), row.GetFieldValue<DateTimeOffset>(2), row.GetString(3));

    private static MerkleNode ReadNode(NpgsqlDataReader row) => new(row.GetInt16(0), row.GetInt64(1), row.GetFieldValue<byte[]>(2));

    private sealed record LeafRow(long Index, long EntryId, byte[] Hash, StoredEntry? Entry);
}
