using System.Numerics;
using System.Security.Cryptography;

namespace Fieldkeep.Vault.Merkle;

/// <summary>Checks proofs with nothing but roots: RFC 9162, 2.1.3.2 and 2.1.4.2, whose trees are those of RFC 6962.</summary>
public static class MerkleProof
{
    /// <summary>Says whether a leaf stands at an index of the tree with this root.</summary>
    public static bool IsIncluded(ReadOnlySpan<byte> leaf, long index, long size, IReadOnlyList<byte[]> path, ReadOnlySpan<byte> root)
    {
        if (index < 0 || index >= size || path.Any(hash => hash.Length != MerkleHash.Size) || leaf.Length != MerkleHash.Size)
        {
            return false;
        }

        var (at, last, hash) = (index, size - 1, leaf.ToArray());
        foreach (var next in path)
        {
            if (last == 0)
            {
                return false;
            }

            if ((at & 1) == 1 || at == last)
            {
                hash = MerkleHash.OfPair(next, hash);
                Climb(ref at, ref last);
            }
            else
            {
                hash = MerkleHash.OfPair(hash, next);
            }

            at >>= 1;
            last >>= 1;
        }

        return last == 0 && CryptographicOperations.FixedTimeEquals(hash, root);
    }

    /// <summary>Says whether the tree with the later root begins with all leaves of the tree with the earlier root.</summary>
    public static bool IsConsistent(
        long earlier, ReadOnlySpan<byte> earlierRoot, long size, ReadOnlySpan<byte> root, IReadOnlyList<byte[]> path)
    {
        if (earlier < 0 || earlier > size || path.Any(hash => hash.Length != MerkleHash.Size))
        {
            return false;
        }

        if (earlier == 0 || earlier == size)
        {
            return path.Count == 0
                && (earlier == size ? earlierRoot.SequenceEqual(root) : earlierRoot.SequenceEqual(MerkleHash.Empty));
        }

        var hashes = BitOperations.IsPow2(earlier) ? [earlierRoot.ToArray(), .. path] : path;
        if (hashes.Count == 0)
        {
            return false;
        }

        var (at, last) = (earlier - 1, size - 1);
        while ((at & 1) == 1)
        {
            at >>= 1;
            last >>= 1;
        }

        var (before, now) = (hashes[0], hashes[0]);
        foreach (var next in hashes.Skip(1))
        {
            if (last == 0)
            {
                return false;
            }

            if ((at & 1) == 1 || at == last)
            {
                before = MerkleHash.OfPair(next, before);
                now = MerkleHash.OfPair(next, now);
                Climb(ref at, ref last);
            }
            else
            {
                now = MerkleHash.OfPair(now, next);
            }

            at >>= 1;
            last >>= 1;
        }

        return last == 0 && before.AsSpan().SequenceEqual(earlierRoot) && now.AsSpan().SequenceEqual(root);
    }

    // A right edge that stands alone has no neighbour on the levels it is carried up.
    private static void Climb(ref long at, ref long last)
    {
        while ((at & 1) == 0 && at != 0)
        {
            at >>= 1;
            last >>= 1;
        }
    }
}
