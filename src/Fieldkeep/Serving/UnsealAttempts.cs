namespace Fieldkeep.Serving;

/// <summary>Counts passphrases and recovery keys that were wrong: after three, each makes the next wait longer.</summary>
internal sealed class UnsealAttempts(TimeProvider clock)
{
    private const int Free = 3;
    private static readonly TimeSpan MostWait = TimeSpan.FromMinutes(5);

    private DateTimeOffset _until;

    /// <summary>How many were wrong since the server was open.</summary>
    public int Wrong { get; private set; }

    /// <summary>How long the next has to wait; null for not at all.</summary>
    public TimeSpan? Wait => _until - clock.GetUtcNow() is { Ticks: > 0 } wait ? wait : null;

    /// <summary>Counts one.</summary>
    public void Count()
    {
        Wrong++;
        var wait = TimeSpan.FromSeconds(1 << Math.Clamp(Wrong - Free + 2, 0, 9));
        _until = Wrong < Free ? default : clock.GetUtcNow() + (wait < MostWait ? wait : MostWait);
    }
}
