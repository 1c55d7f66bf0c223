namespace Fieldkeep.Server.Keys.Rotation;

/// <summary>Counts what phones send, for whoever must keep out of their way; registered by the room that receives.</summary>
internal sealed record ReceivedCount(Func<long> Read);

/// <summary>Keeps sealing anew out of the way of phones: it works half of the time, a quarter of it while they send, a tenth while very many do.</summary>
internal sealed class ResealPace(ReceivedCount received, TimeProvider clock)
{
    private const int RestWhileIdle = 1;
    private const int RestWhileBusy = 3;
    private const int RestWhileRush = 9;
    private const double RushPerSecond = 100;

    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(2);

    private long _received = received.Read();
    private long _since = clock.GetTimestamp();

    /// <summary>Begins to work.</summary>
    public void Begin()
    {
        _received = received.Read();
        _since = clock.GetTimestamp();
    }

    /// <summary>Rests for as long as the work since the last rest deserves.</summary>
    public async Task RestAsync(CancellationToken cancellationToken)
    {
        var worked = clock.GetElapsedTime(_since);
        var now = received.Read();
        var perSecond = (now - _received) / Math.Max(worked.TotalSeconds, 0.001);
        _received = now;
        var rest = worked * (perSecond > RushPerSecond ? RestWhileRush : perSecond > 1 ? RestWhileBusy : RestWhileIdle);
        await Task.Delay(rest < LongestRest ? rest : LongestRest, cancellationToken);
        _since = clock.GetTimestamp();
        // What came in during the rest tells of the rush, too.
        _received = Math.Min(_received, received.Read());
    }
}
