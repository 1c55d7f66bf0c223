namespace Fieldkeep.Server.Tests.Support;

/// <summary>The system's clock, moved forward at will.</summary>
public sealed class FakeClock : TimeProvider
{
    private long _ticksAhead;

    /// <summary>Moves time forward.</summary>
    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticksAhead, by.Ticks);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;

    /// <inheritdoc/>
    public override long GetTimestamp() =>
        System.GetTimestamp() + (long)(Ahead.TotalSeconds * System.TimestampFrequency);

    /// <inheritdoc/>
    public override long TimestampFrequency => System.TimestampFrequency;

    private TimeSpan Ahead => TimeSpan.FromTicks(Interlocked.Read(ref _ticksAhead));
}
