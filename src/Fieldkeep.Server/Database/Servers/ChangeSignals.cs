namespace Fieldkeep.Server.Database.Servers;

/// <summary>What a server remembers of the database for a moment. Triggers tell of each change with its commit (migration 0091), by these words in lower case.</summary>
internal enum ChangeKind
{
    /// <summary>Who has which role where, the tree of places, deployments with their stages.</summary>
    Rights,

    /// <summary>Whose a phone's token is.</summary>
    Phones,

    /// <summary>Which forms there are, in which state, and which versions.</summary>
    Forms,

    /// <summary>Which questions are confidential.</summary>
    Confidential,

    /// <summary>The row conditions of forms.</summary>
    Conditions,

    /// <summary>Which projects there are, and their keys.</summary>
    Projects,

    /// <summary>Who must have a second factor.</summary>
    Factors,
}

/// <summary>
/// Tells whether what was read from the database may be used again: until this process changes it, another server says that it did, the database has another life,
/// or two seconds are over. One of several servers that does not hear the others remembers nothing (decision 0050).
/// </summary>
/// <param name="life">The life of the database.</param>
/// <param name="own">This server.</param>
/// <param name="clock">The clock that memories go by.</param>
internal sealed class ChangeSignals(DatabaseLife life, OwnServer own, TimeProvider clock)
{
    /// <summary>Bounds what a command beside a server that hears nothing can change behind its back.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    /// <summary>Who has not heard itself for so long does not hear the others either.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

    private static readonly Dictionary<string, ChangeKind> Words =
        Enum.GetValues<ChangeKind>().ToDictionary(kind => kind.ToString().ToLowerInvariant(), StringComparer.Ordinal);

    private readonly long[] _changes = new long[Words.Count];

    // When the last word was said that was heard again; what others committed before it was heard, too. 0: nothing is heard.
    private long _heardAt;
    private long _breaks;

    /// <summary>Whether what other servers change is heard, if there can be any.</summary>
    public bool IsHeard => !own.IsOneOfSeveral || (Interlocked.Read(ref _heardAt) is not 0 and var at && TimeProvider.System.GetElapsedTime(at) < Silence);

    /// <summary>Counts the changes of a kind that are known; it never goes back. Take it before reading what is to be remembered.</summary>
    public long CountOf(ChangeKind kind) => Interlocked.Read(ref _changes[(int)kind]) + life.Number; // both only grow: either of them changes the sum

    /// <summary>Counts how often something may have gone by unheard; it never goes back. Always 0 in one that is alone.</summary>
    public long Breaks => Interlocked.Read(ref _breaks);

    /// <summary>Whether what was read at a moment is not too old to be used again.</summary>
    public bool IsFresh(long readAt) => IsHeard && clock.GetElapsedTime(readAt) < Longest;

    /// <summary>Forgets what is remembered of a kind; call after the commit of a change.</summary>
    public void Forget(ChangeKind kind) => Interlocked.Increment(ref _changes[(int)kind]);

    /// <summary>Takes in a word that was heard; false when nothing is remembered of what it means.</summary>
    public bool Hear(string word)
    {
        if (!Words.TryGetValue(word, out var kind))
        {
            return false;
        }

        Forget(kind);
        return true;
    }

    /// <summary>Notes that this server heard itself, and with it all who were done before.</summary>
    /// <param name="saidAt">When it had not said it yet, by the machine's own clock.</param>
    public void HearSelf(long saidAt) => Interlocked.Exchange(ref _heardAt, Math.Max(1, saidAt));

    /// <summary>Notes that nothing is heard from here on: whatever was remembered until it is heard again may be out of date.</summary>
    public void Miss()
    {
        Interlocked.Exchange(ref _heardAt, 0);
        if (own.IsOneOfSeveral)
        {
            Interlocked.Increment(ref _breaks);
        }

        foreach (var kind in Words.Values)
        {
            Forget(kind);
        }
    }
}
