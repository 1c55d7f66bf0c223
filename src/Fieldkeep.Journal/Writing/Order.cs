namespace Fieldkeep.Journal.Writing;

/// <summary>Something for the writer to do, in the order in which it was asked for.</summary>
internal abstract record Order
{
    private Order()
    {
    }

    /// <summary>Make a record durable.</summary>
    public sealed record Append(WaitingRecord Record) : Order;

    /// <summary>Look what can be closed, marked drained and removed.</summary>
    public sealed record Tend(TaskCompletionSource Tended) : Order;

    /// <summary>Move a record into quarantine: one that waits, or <paramref name="Kept"/>, whether it waits or not.</summary>
    public sealed record Quarantine(Guid Id, JournalRecord? Kept, string Reason, TaskCompletionSource Moved) : Order;

    /// <summary>Remove a file of the quarantine: its record waits again, or a person removes it.</summary>
    public sealed record Release(string File, TaskCompletionSource Released) : Order;

    /// <summary>Close the open segment and end.</summary>
    public sealed record Close : Order;
}
