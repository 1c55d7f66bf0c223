namespace Fieldkeep.Backup.Wal;

/// <summary>What is known to be durable, over the connections of one process, and the state that tells of it.</summary>
internal sealed class WalProgress
{
    private WalReceiverState _state = new();

    /// <summary>How it stands now.</summary>
    public WalReceiverState State => Volatile.Read(ref _state);

    /// <summary>Up to where which timeline of which past is on the disk; null before the first connection.</summary>
    public (WalPast Past, uint Timeline, Lsn End)? Durable { get; private set; }

    /// <summary>Receives a sentence when another past begins.</summary>
    public required Action<string> Tell { get; init; }

    /// <summary>The disk is another than before, or was away: what was durable says nothing of it.</summary>
    public void Forget() => Durable = null;

    /// <summary>A connection begins to receive.</summary>
    public void Begin(WalContinuation next, uint timeline, Lsn start)
    {
        if (next.WhyAnother is { } why)
        {
            Tell($"the database does not go on from what is kept of its log: {why}. It is kept apart from now on, and a new base backup is needed");
        }

        var isGoingOn = Durable is { } before && before.Past == next.Past && next.Start is not null;
        Durable = (next.Past, timeline, start);
        Change(state => state with
        {
            Beginning = state.Beginning + (isGoingOn ? 0 : 1),
            Past = next.Past.Number,
            Timeline = timeline,
            Durable = start,
            Until = isGoingOn ? state.Until : null,
        });
    }

    /// <summary>Something is on the disk.</summary>
    public void Confirm(WalStreamWriter writer, Lsn durable, DateTimeOffset now)
    {
        if (Durable is { } before)
        {
            Durable = before with { End = durable };
        }

        Change(state => state with
        {
            Durable = durable,
            Until = writer.Until ?? state.Until,
            Current = state.Current is { } current && current > writer.ServerEnd ? current : writer.ServerEnd,
            // Not before: PostgreSQL may refuse the stream although it answers.
            ConnectedSince = state.ConnectedSince ?? now,
            LastReceivedAt = now,
            Trouble = null,
        });
    }

    /// <summary>PostgreSQL was asked where its log ends.</summary>
    /// <param name="asked">The moment before, and up to where PostgreSQL had its log on its own disk just after.</param>
    public void Look(Lsn end, (long At, Lsn End) asked, DateTimeOffset now) => Change(state => state with
    {
        Current = end,
        Asked = asked,
        LastReceivedAt = state.ConnectedSince is null ? state.LastReceivedAt : now,
    });

    /// <summary>Nothing is received for a while.</summary>
    /// <param name="why">What is wrong; null when it was told to end.</param>
    public void Suspend(string? why)
    {
        if (why is not null && (State.ConnectedSince is not null || State.Trouble != why))
        {
            Tell($"the log of changes is not received: {why}");
        }

        Change(state => state with { ConnectedSince = null, Trouble = why });
    }

    private void Change(Func<WalReceiverState, WalReceiverState> change)
    {
        while (true)
        {
            var before = Volatile.Read(ref _state);
            if (ReferenceEquals(Interlocked.CompareExchange(ref _state, change(before), before), before))
            {
                return;
            }
        }
    }
}
