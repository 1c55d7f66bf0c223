using Fieldkeep.Server.Database.Servers;

namespace Fieldkeep.Server.Access;

/// <summary>Says how long what was read of rights may be remembered: never past a change of this process or one that was heard, nor into another life of the database.</summary>
internal sealed class AccessEpoch(ChangeSignals signals, TimeProvider clock)
{
    /// <summary>Forgets everything remembered; called after the commit of a change.</summary>
    public void Forget() => signals.Forget(ChangeKind.Rights);

    /// <summary>Gives the moment to take before reading.</summary>
    public AccessMoment Now() => new(signals.CountOf(ChangeKind.Rights), clock.GetTimestamp());

    /// <summary>Tells whether what was read at a moment may still be used.</summary>
    public bool IsCurrent(AccessMoment moment) =>
        moment.Changes == signals.CountOf(ChangeKind.Rights) && signals.IsFresh(moment.Timestamp);
}

/// <summary>When something about rights was read.</summary>
internal readonly record struct AccessMoment(long Changes, long Timestamp);
