namespace Fieldkeep.Server.Tests.Support;

/// <summary>The system's clock, moved forward at will.</summary>
public sealed class FakeClock : TimeProvider
{
    private const long StepTicks = 30 * TimeSpan.TicksPerSecond;

    private long _ticksAhead;

    /// <summary>Moves time forward.</summary>
    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticksAhead, by.Ticks);

    /// <summary>Moves time forward to the next full half minute, when authenticator apps show a new code.</summary>
    public void StartStep() => Advance(TimeSpan.FromTicks(StepTicks - (GetUtcNow().Ticks % StepTicks)));

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;

    /// <inheritdoc/>
    public override long GetTimestamp() =>
        System.GetTimestamp() + (long)(Ahead.TotalSeconds * System.TimestampFrequency);

    /// <inheritdoc/>
    public override long TimestampFrequency => System.TimestampFrequency;

    private TimeSpan Ahead => TimeSpan.FromTicks(Interlocked.Read(ref _ticksAhead));
}
