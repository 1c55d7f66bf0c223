namespace Fieldkeep.Server.Health;

/// <summary>Counts answers, and faults of the server, minute by minute. Costs two additions a request and no memory.</summary>
internal sealed class AnswerCounts
{
    private const int Minutes = 5;

    private readonly TimeProvider _clock;
    private readonly long _began;

    // One more than is looked at: the minute that is being counted.
    private readonly Slot[] _slots = [.. Enumerable.Range(0, Minutes + 1).Select(_ => new Slot())];

    /// <summary>Makes it.</summary>
    public AnswerCounts(TimeProvider clock) => (_clock, _began) = (clock, clock.GetTimestamp());

    /// <summary>Notes an answer.</summary>
    public void Note() => Interlocked.Increment(ref Begun().All);

    /// <summary>Notes that the server failed a request: what has an incident. A refusal for want of a database or of room is no fault of its own; other checks tell of those.</summary>
    public void NoteFault() => Interlocked.Increment(ref Begun().Faults);

    /// <summary>Gives what was counted in the last five minutes and the one that runs.</summary>
    public (long All, long Faults) OfLastMinutes()
    {
        Current(out var minute);
        var (all, faults) = (0L, 0L);
        foreach (var slot in _slots)
        {
            if (minute - Interlocked.Read(ref slot.Minute) <= Minutes)
            {
                all += Interlocked.Read(ref slot.All);
                faults += Interlocked.Read(ref slot.Faults);
            }
        }

        return (all, faults);
    }

    private Slot Begun()
    {
        var slot = Current(out var minute);
        if (Interlocked.Exchange(ref slot.Minute, minute) != minute)
        {
            Interlocked.Exchange(ref slot.All, 0);
            Interlocked.Exchange(ref slot.Faults, 0);
        }

        return slot;
    }

    private Slot Current(out long minute)
    {
        minute = (long)_clock.GetElapsedTime(_began).TotalMinutes;
        return _slots[minute % _slots.Length];
    }

    private sealed class Slot
    {
        public long Minute;
        public long All;
        public long Faults;
    }
}
