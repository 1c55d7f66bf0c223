using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Answers;

/// <summary>Keeps the gathering out of the way of phones: it works half of the time, and a tenth of it while they send.</summary>
internal sealed class GatherPace(SubmissionWriter writer, TimeProvider clock)
{
    private const int RestWhileIdle = 1;
    private const int RestWhileBusy = 9;

    // More than this many submissions since the last look, and phones are sending.
    private const int FewSubmissions = 4;

    private static readonly TimeSpan LongestRest = TimeSpan.FromMilliseconds(500);

    private long _written;
    private long _since;

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
        var rest = worked * (written - _written > FewSubmissions ? RestWhileBusy : RestWhileIdle);
        _written = written;
        await Task.Delay(rest < LongestRest ? rest : LongestRest, cancellationToken);
        _since = clock.GetTimestamp();
    }
}
