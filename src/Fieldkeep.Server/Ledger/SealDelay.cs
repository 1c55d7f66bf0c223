namespace Fieldkeep.Server.Ledger;

/// <summary>Knows how long the same entry has waited to be sealed, by a clock that nobody sets back. This process's view.</summary>
internal sealed class SealDelay(TimeProvider clock)
{
    private long? _first;
    private long _seenAt;
    private DateTimeOffset _since;

    /// <summary>How long an entry may wait: the sealer comes by once a second.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Since when the first of those waits that were told of; null when none is.</summary>
    public DateTimeOffset? HeldSince { get; private set; }

    /// <summary>Notes which entry is the first that waits; gives true when it has just waited too long.</summary>
    /// <param name="first">Its number; null when none waits.</param>
    public bool Note(long? first)
    {
        if (first is null || first != _first)
        {
            (_first, _seenAt, _since, HeldSince) = (first, TimeProvider.System.GetTimestamp(), clock.GetUtcNow(), null);
        }

        if (first is null || HeldSince is not null || TimeProvider.System.GetElapsedTime(_seenAt) < Patience)
        {
            return false;
        }

        HeldSince = _since;
        return true;
    }
}
