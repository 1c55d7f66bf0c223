namespace Fieldkeep.Fuzz;

/// <summary>Throws the same numbers for the same seed and input on every machine (SplitMix64).</summary>
internal sealed class Dice(ulong seed, ulong input)
{
    private ulong _state = unchecked((seed * 0x9E3779B97F4A7C15) ^ (input * 0xD1342543DE82EF95));

    /// <summary>A number from 0 to <paramref name="limit"/> - 1.</summary>
    public int Next(int limit) => (int)(Next() % (ulong)limit);

    /// <summary>True once in <paramref name="times"/>.</summary>
    public bool Once(int times) => Next(times) == 0;

    /// <summary>One of some values.</summary>
    public T Of<T>(IReadOnlyList<T> values) => values[Next(values.Count)];

    private ulong Next()
    {
        unchecked
        {
            _state += 0x9E3779B97F4A7C15;
            var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
            return mixed ^ (mixed >> 31);
        }
    }
}
