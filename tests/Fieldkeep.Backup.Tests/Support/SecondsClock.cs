namespace Fieldkeep.Backup.Tests.Support;

/// <summary>A clock that is moved by hand; what it calls the time of day runs backwards.</summary>
internal sealed class SecondsClock : TimeProvider
{
    public long Seconds { get; set; } = 100;

    public override long TimestampFrequency => 1;

    public override long GetTimestamp() => Seconds;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddHours(1000 - Seconds);
}
