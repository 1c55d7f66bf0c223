namespace Fieldkeep.Vault.Merkle;

/// <summary>The right edge of a growing tree: all that is needed to append leaves and to give the root. Memory: 32 bytes a level.</summary>
public sealed class MerkleFrontier
{
    // Complete subtrees of falling level, as the binary digits of Size say.
    private readonly List<MerkleNode> _edge = [];

    /// <summary>How many leaves the tree has.</summary>
    public long Size { get; private set; }

    /// <summary>Gives the root of all leaves until now.</summary>
    public byte[] Root() => MerkleHash.OfFalling([.. _edge.Select(node => node.Hash)]);

    /// <summary>Appends a leaf's hash and gives the nodes that it completed, from the lowest to the highest.</summary>
    public IReadOnlyList<MerkleNode> Append(ReadOnlySpan<byte> leaf) => AppendSubtree(0, leaf);

    /// <summary>Appends a complete subtree by its hash, which must begin where one of its size can begin.</summary>
    /// <param name="level">It has 2^level leaves.</param>
    /// <param name="hash">Its hash; for level 0 a leaf's.</param>
    public IReadOnlyList<MerkleNode> AppendSubtree(int level, ReadOnlySpan<byte> hash)
    {
        var leaves = 1L << level;
        if (hash.Length != MerkleHash.Size || Size % leaves != 0)
        {
            throw new ArgumentException($"A subtree of {leaves} leaves cannot follow {Size} leaves.", nameof(level));
        }

        var node = new MerkleNode(level, Size >> level, hash.ToArray());
        Size += leaves;
        var completed = new List<MerkleNode>();
        while (_edge.Count > 0 && _edge[^1].Level == node.Level)
        {
            node = new MerkleNode(node.Level + 1, node.Index >> 1, MerkleHash.OfPair(_edge[^1].Hash, node.Hash));
            _edge.RemoveAt(_edge.Count - 1);
            completed.Add(node);
        }

        _edge.Add(node);
        return completed;
    }
}

/// <summary>A complete subtree: the one over leaves Index·2^Level up to, not including, (Index + 1)·2^Level.</summary>
public sealed record MerkleNode(int Level, long Index, byte[] Hash);
