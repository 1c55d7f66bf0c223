namespace Fieldkeep.Journal.Tests.Support;

/// <summary>The content of one file, and what was done to it since it was durable.</summary>
internal sealed class SimulatedFile(byte[] content)
{
    private const int SectorBytes = 512;

    private readonly List<Step> _steps = [];
    private byte[] _durable = content;

    /// <summary>What a reader finds.</summary>
    public byte[] Current { get; private set; } = content;

    /// <summary>Whether a sync of it failed.</summary>
    public bool IsDoomed { get; private set; }

    /// <summary>Another file with the same bytes, all of them durable.</summary>
    public SimulatedFile Copy() => new([.. Current]);

    /// <summary>Writes; not durable yet.</summary>
    public void Write(long offset, byte[] bytes) => Add(new Step(offset, bytes, null));

    /// <summary>Cuts it, or makes it longer with zeros; not durable yet.</summary>
    public void Resize(long length) => Add(new Step(0, [], length));

    /// <summary>What a sync does to all that no failed sync was to make durable.</summary>
    public void MakeDurable()
    {
        foreach (var step in _steps.Where(step => !step.IsDoomed))
        {
            _durable = step.ApplyTo(_durable);
        }

        _steps.RemoveAll(step => !step.IsDoomed);
    }

    /// <summary>What a failed sync does: what was written before it never becomes durable by a later one.</summary>
    public void Doom()
    {
        IsDoomed = true;
        foreach (var step in _steps)
        {
            step.IsDoomed = true;
        }
    }

    /// <summary>What a power cut leaves. Mode 0 loses what was not synced, 1 keeps it, others keep, tear or lose each write by chance and in any order.</summary>
    public byte[] Survive(int mode, Chance chance)
    {
        var left = _durable.ToArray();
        var steps = _steps.ToArray();
        if (mode > 1)
        {
            chance.Shuffle(steps.AsSpan());
        }

        foreach (var step in mode == 0 ? [] : steps)
        {
            left = mode == 1 || chance.Next(3) == 0 ? step.ApplyTo(left) : chance.Next(2) == 0 ? step.TearInto(left, chance) : left;
        }

        return left;
    }

    private void Add(Step step)
    {
        _steps.Add(step);
        Current = step.ApplyTo(Current);
    }

    private sealed record Step(long Offset, byte[] Bytes, long? Length)
    {
        public bool IsDoomed { get; set; }

        public byte[] ApplyTo(byte[] content)
        {
            var result = new byte[Length ?? Math.Max(content.Length, Offset + Bytes.Length)];
            content.AsSpan(0, Math.Min(content.Length, result.Length)).CopyTo(result);
            Bytes.CopyTo(result, Offset);
            return result;
        }

        // Each sector by itself is old or new.
        public byte[] TearInto(byte[] content, Chance chance)
        {
            var result = content;
            for (var at = 0; at < Bytes.Length; at += SectorBytes)
            {
                if (chance.Next(2) == 0)
                {
                    result = new Step(Offset + at, Bytes[at..Math.Min(at + SectorBytes, Bytes.Length)], null).ApplyTo(result);
                }
            }

            return result;
        }
    }
}
