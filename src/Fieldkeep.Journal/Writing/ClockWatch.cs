namespace Fieldkeep.Journal.Writing;

/// <summary>
/// Says whether the wall clock may be believed enough to remove something by it. After it jumped by more than an hour against the clock that is never set, or
/// when at the start it is not near the newest time that the journal has written, nothing is removed for a day.
/// </summary>
internal sealed class ClockWatch
{
    /// <summary>A jump is larger.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromHours(1);

    /// <summary>A server that was off for longer is not told from a clock that was set forward.</summary>
    public static readonly TimeSpan LongestRest = TimeSpan.FromDays(30);

    private static readonly TimeSpan Doubt = TimeSpan.FromDays(1);

    private readonly TimeProvider _clock;
    private DateTimeOffset _wall;
    private long _stamp;
    private long? _doubtedSince;

    /// <summary>Begins to watch.</summary>
    /// <param name="clock">Both clocks.</param>
    /// <param name="newest">The newest time that the journal has written; null when there is none.</param>
    public ClockWatch(TimeProvider clock, DateTimeOffset? newest)
    {
        _clock = clock;
        (_wall, _stamp) = (clock.GetUtcNow(), clock.GetTimestamp());
        _doubtedSince = newest is { } at && (_wall < at - Tolerance || _wall > at + LongestRest) ? _stamp : null;
    }

    /// <summary>Looks at both clocks; true when the wall clock is believed.</summary>
    public bool IsBelieved()
    {
        var (now, stamp) = (_clock.GetUtcNow(), _clock.GetTimestamp());
        var difference = now - _wall - _clock.GetElapsedTime(_stamp, stamp);
        (_wall, _stamp) = (now, stamp);
        if (difference.Duration() > Tolerance)
        {
            _doubtedSince = stamp;
        }

        if (_doubtedSince is { } since && _clock.GetElapsedTime(since, stamp) < Doubt)
        {
            return false;
        }

        _doubtedSince = null;
        return true;
    }
}
