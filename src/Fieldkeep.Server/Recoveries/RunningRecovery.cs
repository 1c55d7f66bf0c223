namespace Fieldkeep.Server.Recoveries;

/// <summary>Knows how far the recovery is that goes on. In memory: only one server has the backup.</summary>
internal sealed class RunningRecovery
{
    private Tuple<long, Recovered>? _soon;

    /// <summary>Gives how many submissions are copied of how many; null when that one does not go on, or copies nothing yet.</summary>
    public Recovered? SoonOf(long recovery) => Volatile.Read(ref _soon) is { } soon && soon.Item1 == recovery ? soon.Item2 : null;

    /// <summary>Notes how far it is.</summary>
    public void Note(long recovery, Recovered soon) => Volatile.Write(ref _soon, Tuple.Create(recovery, soon));

    /// <summary>None goes on any more.</summary>
    public void Forget() => Volatile.Write(ref _soon, null);
}
