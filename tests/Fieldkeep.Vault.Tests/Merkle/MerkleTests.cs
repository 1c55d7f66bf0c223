using System.Security.Cryptography;
using Fieldkeep.Vault.Merkle;
using Xunit;

namespace Fieldkeep.Vault.Tests.Merkle;

/// <summary>Holds the growing tree and its proofs to the definition of RFC 6962, written out naively, for every size up to 70.</summary>
public sealed class MerkleTests
{
    private const int Most = 70;

    private static readonly byte[][] Leaves = [.. Enumerable.Range(0, Most).Select(n => Some.Hash($"leaf {n}"))];

    [Fact]
    public void The_root_of_a_growing_tree_is_that_of_the_definition_at_every_size()
    {
        var tree = new MerkleFrontier();
        Assert.Equal(Root(0, 0), tree.Root());
        for (var n = 1; n <= Most; n++)
        {
            foreach (var node in tree.Append(Leaves[n - 1]))
            {
                Assert.Equal(Root((int)node.Index << node.Level, ((int)node.Index + 1) << node.Level), node.Hash);
            }

            Assert.Equal(n, tree.Size);
            Assert.Equal(Root(0, n), tree.Root());
        }
    }

    [Fact]
    public void A_tree_is_taken_up_again_from_its_complete_subtrees()
    {
        for (var n = 0; n < Most; n++)
        {
            var tree = new MerkleFrontier();
            foreach (var (level, index) in new MerkleRange(0, n).Subtrees())
            {
                tree.AppendSubtree(level, Root((int)index << level, ((int)index + 1) << level));
            }

            Assert.Equal(n, tree.Size);
            tree.Append(Leaves[n]);
            Assert.Equal(Root(0, n + 1), tree.Root());
        }

        var odd = new MerkleFrontier();
        odd.Append(Leaves[0]);
        Assert.Throws<ArgumentException>(() => odd.AppendSubtree(1, Leaves[1]));
    }

    [Fact]
    public void Every_leaf_of_every_tree_is_proved_and_nothing_else_is()
    {
        for (var size = 1; size <= Most; size++)
        {
            var root = Root(0, size);
            for (var index = 0; index < size; index++)
            {
                var path = HashesOf(MerkleRange.OfInclusion(index, size));
                Assert.True(MerkleProof.IsIncluded(Leaves[index], index, size, path, root));
                Assert.False(MerkleProof.IsIncluded(Leaves[(index + 1) % Most], index, size, path, root));
                Assert.False(MerkleProof.IsIncluded(Leaves[index], index, size, [.. path, root], root));
                Assert.False(MerkleProof.IsIncluded(Leaves[index], size, size, path, root));
                Assert.False(path.Count > 0 && MerkleProof.IsIncluded(Leaves[index], index, size, [.. path.Skip(1)], root));
                Assert.False(size > 1 && MerkleProof.IsIncluded(Leaves[index], (index + 1) % size, size, path, root));
            }
        }
    }

    [Fact]
    public void Every_tree_is_proved_to_grow_out_of_every_smaller_one_and_of_no_other()
    {
        for (var size = 1; size <= Most; size++)
        {
            for (var earlier = 1; earlier <= size; earlier++)
            {
                var (before, now) = (Root(0, earlier), Root(0, size));
                var path = HashesOf(MerkleRange.OfConsistency(earlier, size));
                Assert.True(MerkleProof.IsConsistent(earlier, before, size, now, path));
                Assert.False(MerkleProof.IsConsistent(earlier, Some.Hash("other"), size, now, path));
                Assert.False(MerkleProof.IsConsistent(earlier, before, size, Some.Hash("other"), path));
                Assert.False(MerkleProof.IsConsistent(earlier, before, size, now, [.. path, now]));
                Assert.False(path.Count > 0 && MerkleProof.IsConsistent(earlier, before, size, now, [.. path.Skip(1)]));
                Assert.False(earlier < size && MerkleProof.IsConsistent(earlier + 1, before, size, now, path));
            }
        }

        Assert.True(MerkleProof.IsConsistent(0, MerkleHash.Empty, 5, Root(0, 5), []));
        Assert.False(MerkleProof.IsConsistent(6, Root(0, 6), 5, Root(0, 5), []));
    }

    [Fact]
    public void A_flipped_bit_anywhere_in_a_proof_is_refused()
    {
        const int Size = 23;
        var root = Root(0, Size);
        var path = HashesOf(MerkleRange.OfInclusion(9, Size));
        var growth = HashesOf(MerkleRange.OfConsistency(9, Size));
        for (var bit = 0; bit < 256; bit++)
        {
            Assert.False(MerkleProof.IsIncluded(Flipped(Leaves[9], bit), 9, Size, path, root));
            Assert.False(MerkleProof.IsIncluded(Leaves[9], 9, Size, path, Flipped(root, bit)));
            for (var at = 0; at < path.Count; at++)
            {
                Assert.False(MerkleProof.IsIncluded(Leaves[9], 9, Size, With(path, at, bit), root));
            }

            for (var at = 0; at < growth.Count; at++)
            {
                Assert.False(MerkleProof.IsConsistent(9, Root(0, 9), Size, root, With(growth, at, bit)));
            }
        }
    }

    private static byte[] Root(int from, int to)
    {
        if (to - from <= 1)
        {
            return to == from ? SHA256.HashData([]) : Leaves[from];
        }

        var left = 1;
        while (left * 2 < to - from)
        {
            left *= 2;
        }

        return SHA256.HashData([1, .. Root(from, from + left), .. Root(from + left, to)]);
    }

    private static List<byte[]> HashesOf(IReadOnlyList<MerkleRange> ranges) =>
        [.. ranges.Select(range => Root((int)range.From, (int)range.To))];

    private static List<byte[]> With(List<byte[]> path, int at, int bit) =>
        [.. path[..at], Flipped(path[at], bit), .. path[(at + 1)..]];

    private static byte[] Flipped(byte[] hash, int bit)
    {
        var flipped = hash.ToArray();
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        return flipped;
    }
}
