using Fieldkeep.Server.Submissions.Receiving;

namespace Fieldkeep.Server.Answers;

/// <summary>
/// Keeps the gathering out of the way of phones: it works half of the time, a tenth of it while they send, and a
/// thirtieth while very many do.
/// </summary>
internal sealed class GatherPace(SubmissionWriter writer, TimeProvider clock)
{
    private const int RestWhileIdle = 1;
    private const int RestWhileBusy = 9;
    private const int RestWhileRush = 29;

    // More than this many submissions since the last look, and phones are sending.
    private const int FewSubmissions = 4;

    private const double RushPerSecond = 100;

    private static readonly TimeSpan LongestRest = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    private long _written;
    private long _since;
    private long _writtenAtLook;
    private long _look;
    private bool _isRush;

    /// <summary>
    /// Whether so many submissions come in that every core is wanted for them: a filter opens some ten thousand that are
    /// in no segment yet within a second, so gathering them can wait that long.
    /// </summary>
    public bool IsRush()
    {
        var since = clock.GetElapsedTime(_look);
        if (since >= BetweenLooks)
        {
            var written = writer.Written;
            _isRush = (written - _writtenAtLook) / since.TotalSeconds > RushPerSecond;
            _writtenAtLook = written;
            _look = clock.GetTimestamp();
        }

        return _isRush;
    }

    /// <summary>Begins to work.</summary>
    public void Begin()
    {
        _written = writer.Written;
        _since = clock.GetTimestamp();
    }

    /// <summary>Rests for as long as the work since the last rest deserves.</summary>
    public async Task RestAsync(CancellationToken cancellationToken)
    {
        var worked = clock.GetElapsedTime(_since);
        var written = writer.Written;
        var rest = worked * RestFor(written - _written);
        _written = written;
        await Task.Delay(rest < LongestRest ? rest : LongestRest, cancellationToken);
        _since = clock.GetTimestamp();
    }

    private int RestFor(long submissions) =>
        IsRush() ? RestWhileRush : submissions > FewSubmissions ? RestWhileBusy : RestWhileIdle;
}
