namespace Fieldkeep.Backup.Tests.Support;

/// <summary>A clock by which what would wait for so long or longer does not wait.</summary>
internal sealed class HurriedClock(TimeSpan most) : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime >= most ? TimeSpan.Zero : dueTime, period);
}
