namespace Fieldkeep.Server.Health.Checks;

/// <summary>Knows for how long a check that needs the database has been looked at without a gap: for so long the database has answered.</summary>
internal sealed class AnswerSpan(TimeProvider clock)
{
    // A few rounds: while the database does not answer, the check is not looked at.
    private static readonly TimeSpan Gap = TimeSpan.FromMinutes(2);

    private long? _last;
    private long _since = clock.GetTimestamp();

    /// <summary>For how long.</summary>
    public TimeSpan AnsweredFor => clock.GetElapsedTime(_since);

    /// <summary>Notes that it is looked at.</summary>
    public void Note()
    {
        var now = clock.GetTimestamp();
        if (_last is not { } last || clock.GetElapsedTime(last, now) > Gap)
        {
            _since = now;
        }

        _last = now;
    }
}
