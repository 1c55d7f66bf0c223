namespace Fieldkeep.Backup.Tests.Support;

/// <summary>A clock that is so far behind.</summary>
internal sealed class EarlierClock(TimeSpan ago) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() - ago;
}
