using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Access;

/// <summary>Counts changes of rights, so that what is remembered of them is never older than the last change of this process, nor of another life of the database.</summary>
internal sealed class AccessEpoch(DatabaseLife life, TimeProvider clock)
{
    // Another process (the command line) may have changed a right: its effect must show within this time.
    private static readonly TimeSpan LongestMemory = TimeSpan.FromSeconds(2);

    private long _changes;

    // Both only grow: either of them changes the sum.
    private long Count => Interlocked.Read(ref _changes) + life.Number;

    /// <summary>Forgets everything remembered; called after the commit of a change.</summary>
    public void Forget() => Interlocked.Increment(ref _changes);

    /// <summary>Gives the moment to take before reading.</summary>
    public AccessMoment Now() => new(Count, clock.GetTimestamp());

    /// <summary>Tells whether what was read at a moment may still be used.</summary>
    public bool IsCurrent(AccessMoment moment) =>
        moment.Changes == Count && clock.GetElapsedTime(moment.Timestamp) < LongestMemory;
}

/// <summary>When something about rights was read.</summary>
internal readonly record struct AccessMoment(long Changes, long Timestamp);
