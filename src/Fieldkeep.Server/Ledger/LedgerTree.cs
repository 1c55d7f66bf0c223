using Fieldkeep.Server.Database;
using Fieldkeep.Vault.Merkle;

namespace Fieldkeep.Server.Ledger;

/// <summary>Reads the tree's hashes back: its right edge to append to, and the hashes of a proof.</summary>
/// <remarks>Nodes are kept on every eighth level; those between are hashed again, 255 at most for one complete subtree.</remarks>
internal sealed class LedgerTree(Sql sql)
{
    /// <summary>Nodes are kept on levels that are multiples of this.</summary>
    public const int LevelStep = 8;

    private const int BlockHashes = 1 << LevelStep;

    private const string Leaves = """
        select leaf from ledger.leaves where leaf_index >= @from and leaf_index < @to order by leaf_index
        """;
    private const string Nodes = """
        select hash from ledger.nodes where level = @level and node_index >= @from and node_index < @to order by node_index
        """;

    private readonly Dictionary<(int Level, long Block), IReadOnlyList<byte[]>> _blocks = [];

    /// <summary>Says whether a node of this level is kept.</summary>
    public static bool IsKept(int level) => level > 0 && level % LevelStep == 0;

    /// <summary>Builds the right edge of the tree over the first leaves.</summary>
    /// <param name="size">How many.</param>
    public async Task<MerkleFrontier> EdgeAsync(long size, CancellationToken cancellationToken)
    {
        var edge = new MerkleFrontier();
        foreach (var (level, index) in new MerkleRange(0, size).Subtrees())
        {
            edge.AppendSubtree(level, await HashAsync(level, index, cancellationToken));
        }

        return edge;
    }

    /// <summary>Gives the hash of each run of leaves.</summary>
    public async Task<IReadOnlyList<byte[]>> HashesAsync(IReadOnlyList<MerkleRange> ranges, CancellationToken cancellationToken)
    {
        var hashes = new List<byte[]>(ranges.Count);
        foreach (var range in ranges)
        {
            var parts = new List<byte[]>();
            foreach (var (level, index) in range.Subtrees())
            {
                parts.Add(await HashAsync(level, index, cancellationToken));
            }

            hashes.Add(MerkleHash.OfFalling(parts));
        }

        return hashes;
    }

    private async Task<byte[]> HashAsync(int level, long index, CancellationToken cancellationToken)
    {
        var kept = level / LevelStep * LevelStep;
        var count = 1 << (level - kept);
        var first = index << (level - kept);
        var block = await BlockAsync(kept, first / BlockHashes, cancellationToken);
        var at = (int)(first % BlockHashes);
        return block.Count >= at + count
            ? MerkleHash.OfSubtree([.. block.Skip(at).Take(count)])
            : throw new InvalidOperationException(
                $"The ledger's tree has a gap at level {kept}, hash {first + block.Count - at}: somebody took rows away. Run “fieldkeep verify”.");
    }

    private async Task<IReadOnlyList<byte[]>> BlockAsync(int level, long block, CancellationToken cancellationToken)
    {
        if (!_blocks.TryGetValue((level, block), out var hashes))
        {
            var range = new { level, from = block * BlockHashes, to = (block + 1) * BlockHashes };
            hashes = await sql.ListAsync<byte[]>(level == 0 ? Leaves : Nodes, range, cancellationToken);
            _blocks[(level, block)] = hashes;
        }

        return hashes;
    }
}
