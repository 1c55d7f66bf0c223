namespace Fieldkeep.XForms.Tests;

/// <summary>Throws the same numbers for the same seed on every machine.</summary>
internal sealed class Dice(uint seed)
{
    private uint _state = seed;

    /// <summary>A number from 0 to <paramref name="limit"/> - 1.</summary>
    public int Next(int limit)
    {
        _state = unchecked((_state * 1664525u) + 1013904223u);
        return (int)((_state >> 8) % (uint)limit);
    }

    /// <summary>True once in <paramref name="times"/>.</summary>
    public bool Once(int times) => Next(times) == 0;

    /// <summary>One of some values.</summary>
    public T Of<T>(IReadOnlyList<T> values) => values[Next(values.Count)];
}
