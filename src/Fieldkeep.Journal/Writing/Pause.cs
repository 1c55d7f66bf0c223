namespace Fieldkeep.Journal.Writing;

/// <summary>Grows while nothing can be written, so that a full disk is not asked again and again: 50 ms after the second failure, 5 s at most.</summary>
internal sealed class Pause(TimeProvider clock)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private int _failures;
    private long _since;

    /// <summary>Whether nothing is to be tried now.</summary>
    public bool IsOn => _failures > 1 && clock.GetElapsedTime(_since) < Length;

    private TimeSpan Length => _failures > 8 ? Longest : First * (1 << (_failures - 2));

    /// <summary>Notes a failure.</summary>
    public void Fail()
    {
        _failures++;
        _since = clock.GetTimestamp();
    }

    /// <summary>Notes that something was written.</summary>
    public void End() => _failures = 0;
}
