namespace Fieldkeep.Journal.Tests.Support;

/// <summary>Two clocks that stand still until a test moves them: the wall's, which may jump, and the one that is never set.</summary>
internal sealed class ManualClock : TimeProvider
{
    private readonly Lock _gate = new();
    private DateTimeOffset _wall = new(2026, 11, 22, 8, 0, 0, TimeSpan.Zero);
    private TimeSpan _running = TimeSpan.FromHours(1);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _wall;
        }
    }

    public override long GetTimestamp()
    {
        lock (_gate)
        {
            return _running.Ticks;
        }
    }

    /// <summary>Timers never ring: tests say when something is to be looked after.</summary>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new NoTimer();

    /// <summary>Lets time pass.</summary>
    public void Advance(TimeSpan time)
    {
        lock (_gate)
        {
            _wall += time;
            _running += time;
        }
    }

    /// <summary>Sets the wall clock.</summary>
    public void Jump(TimeSpan time)
    {
        lock (_gate)
        {
            _wall += time;
        }
    }

    private sealed class NoTimer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
