using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Health.Checks;

/// <summary>Looks whether the clock of this machine runs back or jumps, and whether it is the database's.</summary>
/// <remarks>Second factors, sessions, retention and the order of the past hang on it.</remarks>
internal sealed class ClockCheck(Db db, TimeProvider clock) : ICheck
{
    private const string Now = "select clock_timestamp()";

    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(5);

    // A jump is told for so long.
    private static readonly TimeSpan Told = TimeSpan.FromHours(1);

    private (DateTimeOffset Wall, long Ticks)? _last;
    private (TimeSpan By, long Ticks)? _jump;

    /// <inheritdoc/>
    public string Name => "clock";

    /// <inheritdoc/>
    public bool NeedsDatabase => true;

    /// <inheritdoc/>
    public async Task<CheckOutcome> LookAsync(CancellationToken cancellationToken)
    {
        NoteJump();
        var before = clock.GetUtcNow();
        var theirs = await db.GetAsync<DateTimeOffset>(Now, null, cancellationToken);
        var after = clock.GetUtcNow();

        // Between asking and hearing: as far apart as they surely are.
        var apart = theirs < before ? before - theirs : theirs > after ? theirs - after : TimeSpan.Zero;
        if (apart > Slack)
        {
            return CheckOutcome.Failing("clock.apart", ("seconds", (long)apart.TotalSeconds));
        }

        return _jump is { } jump && clock.GetElapsedTime(jump.Ticks) < Told
            ? CheckOutcome.Warning("clock.jumped", ("seconds", (long)jump.By.TotalSeconds))
            : CheckOutcome.Ok("clock.ok");
    }

    private void NoteJump()
    {
        var (wall, ticks) = (clock.GetUtcNow(), clock.GetTimestamp());
        if (_last is { } last)
        {
            var by = wall - last.Wall - clock.GetElapsedTime(last.Ticks, ticks);
            if (by.Duration() > Slack)
            {
                _jump = (by, ticks);
            }
        }

        _last = (wall, ticks);
    }
}
