using System.Security.Cryptography;

namespace Fieldkeep.Vault.Merkle;

/// <summary>Hashes the inside of a Merkle tree as RFC 6962, section 2.1 says. Leaves come hashed. docs/formats/ledger.md.</summary>
public static class MerkleHash
{
    /// <summary>Size of a hash, bytes.</summary>
    public const int Size = 32;

    /// <summary>The root of a tree without leaves: SHA-256 of nothing.</summary>
    public static ReadOnlySpan<byte> Empty =>
    [
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
        0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
    ];

    /// <summary>Hashes two neighbours to the node above them: SHA-256(0x01 ‖ left ‖ right).</summary>
    public static byte[] OfPair(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.Length != Size || right.Length != Size)
        {
            throw new ArgumentException($"A hash has {Size} bytes, not {left.Length} and {right.Length}.", nameof(left));
        }

        Span<byte> pair = stackalloc byte[1 + Size + Size];
        pair[0] = 1;
        left.CopyTo(pair[1..]);
        right.CopyTo(pair[(1 + Size)..]);
        return SHA256.HashData(pair);
    }

    /// <summary>Hashes the complete subtree over hashes of one level; their number is a power of two.</summary>
    public static byte[] OfSubtree(IReadOnlyList<byte[]> hashes)
    {
        var level = hashes;
        while (level.Count > 1)
        {
            var above = new byte[level.Count / 2][];
            for (var i = 0; i < above.Length; i++)
            {
                above[i] = OfPair(level[2 * i], level[(2 * i) + 1]);
            }

            level = above;
        }

        return level[0];
    }

    /// <summary>Hashes what complete subtrees of falling size make together, from the smallest at the right to the left.</summary>
    public static byte[] OfFalling(IReadOnlyList<byte[]> subtrees)
    {
        if (subtrees.Count == 0)
        {
            return Empty.ToArray();
        }

        var hash = subtrees[^1];
        for (var i = subtrees.Count - 2; i >= 0; i--)
        {
            hash = OfPair(subtrees[i], hash);
        }

        return hash;
    }
}
