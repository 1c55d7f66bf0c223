using System.Runtime.InteropServices;

namespace Fieldkeep.Server.Exports.Anonymity;

/// <summary>Counts how many rows have the same answers in some columns. Holds 8 bytes for each answer, and 8 for each row while it counts.</summary>
/// <param name="columns">How many columns a row has.</param>
internal sealed class GroupSizes(int columns)
{
    /// <summary>Groups smaller than this are commonly not published.</summary>
    public const int FewestTogether = 5;

    private readonly List<long[]> _blocks = [];

    /// <summary>How many rows there are.</summary>
    public int Rows { get; private set; }

    /// <summary>Adds rows, one number for each answer: the same for equal answers.</summary>
    public void Add(ReadOnlySpan<byte> answers)
    {
        var block = MemoryMarshal.Cast<byte, long>(answers).ToArray();
        _blocks.Add(block);
        Rows += block.Length / columns;
    }

    /// <summary>Measures the groups that rows fall into.</summary>
    /// <param name="without">A column to leave out; -1 for none.</param>
    public GroupMeasure Measure(int without = -1)
    {
        if (Rows == 0)
        {
            return new GroupMeasure(0, 0, 0);
        }

        var keys = new long[Rows];
        var row = 0;
        foreach (var block in _blocks)
        {
            for (var start = 0; start < block.Length; start += columns)
            {
                keys[row++] = KeyOf(block.AsSpan(start, columns), without);
            }
        }

        Array.Sort(keys);
        return MeasureSorted(keys);
    }

    /// <summary>Counts the different answers in a column.</summary>
    public int CountDistinct(int column)
    {
        var seen = new HashSet<long>();
        foreach (var block in _blocks)
        {
            for (var at = column; at < block.Length; at += columns)
            {
                seen.Add(block[at]);
            }
        }

        return seen.Count;
    }

    // A 64-bit mix (splitmix64's finisher): of a million rows two different ones fall together once in 37 million times.
    private static long KeyOf(ReadOnlySpan<long> answers, int without)
    {
        var key = 0UL;
        for (var at = 0; at < answers.Length; at++)
        {
            if (at != without)
            {
                unchecked
                {
                    key = (key ^ (ulong)answers[at]) + 0x9E3779B97F4A7C15UL;
                    key = (key ^ (key >> 30)) * 0xBF58476D1CE4E5B9UL;
                    key = (key ^ (key >> 27)) * 0x94D049BB133111EBUL;
                    key ^= key >> 31;
                }
            }
        }

        return unchecked((long)key);
    }

    private static GroupMeasure MeasureSorted(long[] keys)
    {
        var (smallest, unique, few) = (int.MaxValue, 0, 0);
        for (var start = 0; start < keys.Length;)
        {
            var end = start + 1;
            while (end < keys.Length && keys[end] == keys[start])
            {
                end++;
            }

            var size = end - start;
            smallest = Math.Min(smallest, size);
            unique += size == 1 ? 1 : 0;
            few += size < FewestTogether ? size : 0;
            start = end;
        }

        return new GroupMeasure(smallest, unique, few);
    }
}

/// <summary>Says how small the groups are that rows fall into.</summary>
/// <param name="Smallest">Rows of the smallest group: the k of k-anonymity; 0 without rows.</param>
/// <param name="Unique">Rows that are alone in their group.</param>
/// <param name="Few">Rows in groups of fewer than <see cref="GroupSizes.FewestTogether"/>.</param>
internal readonly record struct GroupMeasure(int Smallest, int Unique, int Few);
