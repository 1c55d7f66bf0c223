using System.Numerics;

namespace Fieldkeep.Vault.Merkle;

/// <summary>A run of leaves whose hash a proof has: from <paramref name="From"/> up to, not including, <paramref name="To"/>.</summary>
public readonly record struct MerkleRange(long From, long To)
{
    /// <summary>How many leaves.</summary>
    public long Count => To - From;

    /// <summary>The complete subtrees that make it, of falling size; it must begin where a tree's part can begin.</summary>
    public IReadOnlyList<(int Level, long Index)> Subtrees()
    {
        var parts = new List<(int, long)>();
        for (var from = From; from < To;)
        {
            var level = BitOperations.Log2((ulong)(To - from));
            parts.Add((level, from >> level));
            from += 1L << level;
        }

        return parts;
    }

    /// <summary>The runs whose hashes prove one leaf, from the leaf up: PATH(index, D[size]) of RFC 6962, 2.1.1.</summary>
    public static IReadOnlyList<MerkleRange> OfInclusion(long index, long size)
    {
        if (index < 0 || index >= size)
        {
            throw new ArgumentOutOfRangeException(nameof(index), index, $"A tree of {size} leaves has no such leaf.");
        }

        var path = new List<MerkleRange>();
        var (from, to) = (0L, size);
        while (to - from > 1)
        {
            var middle = from + LeftOf(to - from);
            if (index < middle)
            {
                path.Add(new MerkleRange(middle, to));
                to = middle;
            }
            else
            {
                path.Add(new MerkleRange(from, middle));
                from = middle;
            }
        }

        path.Reverse();
        return path;
    }

    /// <summary>The runs whose hashes prove that a tree grew out of a smaller one: PROOF(earlier, D[size]) of RFC 6962, 2.1.2.</summary>
    public static IReadOnlyList<MerkleRange> OfConsistency(long earlier, long size)
    {
        if (earlier < 1 || earlier > size)
        {
            throw new ArgumentOutOfRangeException(nameof(earlier), earlier, $"A tree of {size} leaves did not grow out of one of this size.");
        }

        var path = new List<MerkleRange>();
        var (from, to, isWhole) = (0L, size, true);
        while (earlier < to)
        {
            var middle = from + LeftOf(to - from);
            if (earlier <= middle)
            {
                path.Add(new MerkleRange(middle, to));
                to = middle;
            }
            else
            {
                path.Add(new MerkleRange(from, middle));
                from = middle;
                isWhole = false;
            }
        }

        // The earlier tree itself need not be told to whoever has its root.
        if (!isWhole)
        {
            path.Add(new MerkleRange(from, to));
        }

        path.Reverse();
        return path;
    }

    // The largest power of two smaller than the number of leaves, which is at least 2.
    private static long LeftOf(long leaves) => 1L << BitOperations.Log2((ulong)(leaves - 1));
}
