namespace Fieldkeep.Server.Tests.Support;

/// <summary>The system's clock, moved forward at will.</summary>
public sealed class FakeClock : TimeProvider
{
    private const long StepTicks = 30 * TimeSpan.TicksPerSecond;

    private long _ticksAhead;
    private volatile Moment? _frozen;

    /// <summary>Moves time forward.</summary>
    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticksAhead, by.Ticks);

    /// <summary>Lets no time pass but what <see cref="Advance"/> says, so that what is remembered for a while stays so.</summary>
    public void Freeze() => _frozen = new Moment(System.GetUtcNow(), System.GetTimestamp());

    /// <summary>Moves time forward to the next full half minute, when authenticator apps show a new code.</summary>
    public void StartStep() => Advance(TimeSpan.FromTicks(StepTicks - (GetUtcNow().Ticks % StepTicks)));

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => (_frozen?.Wall ?? System.GetUtcNow()) + Ahead;

    /// <inheritdoc/>
    public override long GetTimestamp() =>
        (_frozen?.Stamp ?? System.GetTimestamp()) + (long)(Ahead.TotalSeconds * System.TimestampFrequency);

    /// <inheritdoc/>
    public override long TimestampFrequency => System.TimestampFrequency;

    private sealed record Moment(DateTimeOffset Wall, long Stamp);

    private TimeSpan Ahead => TimeSpan.FromTicks(Interlocked.Read(ref _ticksAhead));
}
