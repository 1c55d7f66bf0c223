namespace Fieldkeep.Server.Access;

/// <summary>Counts changes of rights, so that what is remembered of them is never older than the last change of this process.</summary>
internal sealed class AccessEpoch(TimeProvider clock)
{
    // Another process (the command line) may have changed a right: its effect must show within this time.
    private static readonly TimeSpan LongestMemory = TimeSpan.FromSeconds(2);

    private long _changes;

    /// <summary>Forgets everything remembered; called after the commit of a change.</summary>
    public void Forget() => Interlocked.Increment(ref _changes);

    /// <summary>Gives the moment to take before reading.</summary>
    public AccessMoment Now() => new(Interlocked.Read(ref _changes), clock.GetTimestamp());

    /// <summary>Tells whether what was read at a moment may still be used.</summary>
    public bool IsCurrent(AccessMoment moment) =>
        moment.Changes == Interlocked.Read(ref _changes) && clock.GetElapsedTime(moment.Timestamp) < LongestMemory;
}

/// <summary>When something about rights was read.</summary>
internal readonly record struct AccessMoment(long Changes, long Timestamp);
