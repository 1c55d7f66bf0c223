namespace Fieldkeep.Server.Kernel;

/// <summary>Knows how the rounds of work in the background go: for how long they have failed, and whether one hangs. By a clock that nobody sets.</summary>
internal sealed class RoundWatch
{
    /// <summary>A round that has come no step further for so long hangs.</summary>
    public static readonly TimeSpan Hangs = TimeSpan.FromMinutes(30);

    // Whose round runs here: what it commits is a step, however deep below it that happens.
    private static readonly AsyncLocal<RoundWatch?> Running = new();

    private readonly TimeProvider _clock;

    // When the first failed of those that failed since one was done, and when the one that runs came a step further; 0 when none did.
    private long _failedFirst;
    private long _movedAt;

    /// <summary>Makes it, by the machine's own clock.</summary>
    public RoundWatch()
        : this(TimeProvider.System)
    {
    }

    /// <summary>Makes it.</summary>
    public RoundWatch(TimeProvider clock) => _clock = clock;

    /// <summary>For how long every round has failed, or the one that runs has come no step further; null while all is well.</summary>
    public TimeSpan? FailingFor
    {
        get
        {
            var failing = Since(ref _failedFirst);
            var still = Since(ref _movedAt);
            return still >= Hangs && !(failing > still) ? still : failing;
        }
    }

    /// <summary>Something was committed: the round that it is done for, if it is done for one, came a step further.</summary>
    public static void Step()
    {
        if (Running.Value is { } watch && Interlocked.Read(ref watch._movedAt) is not 0 and var before)
        {
            // Not when the round has ended meanwhile.
            Interlocked.CompareExchange(ref watch._movedAt, Math.Max(1, watch._clock.GetTimestamp()), before);
        }
    }

    /// <summary>A round begins, or comes a step further. What is committed below the caller from here on is a step, too.</summary>
    public void Move()
    {
        Running.Value = this;
        Interlocked.Exchange(ref _movedAt, Math.Max(1, _clock.GetTimestamp()));
    }

    /// <summary>A round ends.</summary>
    public void End(bool isDone)
    {
        Interlocked.Exchange(ref _movedAt, 0);
        if (isDone)
        {
            Interlocked.Exchange(ref _failedFirst, 0);
        }
        else
        {
            Fail();
        }
    }

    /// <summary>Something failed that a round being done does not mend.</summary>
    public void Fail() => Interlocked.CompareExchange(ref _failedFirst, Math.Max(1, _clock.GetTimestamp()), 0);

    /// <summary>Runs what ends with the server alone: that it threw is seen, and thrown on.</summary>
    public async Task RunAsync(Func<Task> part, CancellationToken stopping)
    {
        try
        {
            await part();
        }
        catch (Exception) when (!stopping.IsCancellationRequested)
        {
            Fail();
            throw;
        }
    }

    private TimeSpan? Since(ref long at) => Interlocked.Read(ref at) is not 0 and var then ? _clock.GetElapsedTime(then) : null;
}
