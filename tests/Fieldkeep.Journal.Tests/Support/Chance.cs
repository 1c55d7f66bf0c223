namespace Fieldkeep.Journal.Tests.Support;

/// <summary>Chance that comes out the same for the same seed on every machine (SplitMix64): a failure names its seed.</summary>
internal sealed class Chance(int seed)
{
    private ulong _state = (ulong)(uint)seed;

    /// <summary>A number from 0 to one less than <paramref name="below"/>.</summary>
    public int Next(int below)
    {
        unchecked
        {
            _state += 0x9E3779B97F4A7C15;
            var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
            return (int)((mixed ^ (mixed >> 31)) % (ulong)below);
        }
    }

    /// <summary>Fills bytes.</summary>
    public void Fill(Span<byte> bytes)
    {
        foreach (ref var one in bytes)
        {
            one = (byte)Next(256);
        }
    }

    /// <summary>Puts things into another order.</summary>
    public void Shuffle<T>(Span<T> things)
    {
        for (var at = things.Length - 1; at > 0; at--)
        {
            var other = Next(at + 1);
            (things[at], things[other]) = (things[other], things[at]);
        }
    }
}
