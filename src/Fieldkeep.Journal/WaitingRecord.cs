using Fieldkeep.Journal.Segments;

namespace Fieldkeep.Journal;

/// <summary>A record on its way to the disk, or on it and not yet in the database. Guarded by the shelf's gate.</summary>
internal sealed class WaitingRecord(Guid id, DateTimeOffset at, ReadOnlyMemory<byte> content, FrameKind kind = FrameKind.Record)
{
    private readonly TaskCompletionSource _durable = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The caller's id.</summary>
    public Guid Id { get; } = id;

    /// <summary>A record, or what is said of the one with this id.</summary>
    public FrameKind Kind { get; } = kind;

    /// <summary>When it was appended.</summary>
    public DateTimeOffset At { get; } = at;

    /// <summary>The caller's bytes; empty once they are on the disk.</summary>
    public ReadOnlyMemory<byte> Content { get; private set; } = content;

    /// <summary>The size of its frame, bytes.</summary>
    public int FrameBytes { get; } = Frame.Overhead + content.Length;

    /// <summary>Where it lies; several places when a retried one was found twice after a crash; none while it is on its way.</summary>
    public List<(Segment Segment, FramePlace Place)> Places { get; } = [];

    /// <summary>The database had it before the disk.</summary>
    public bool IsDone { get; set; }

    /// <summary>Ends when the record is durable, or was refused.</summary>
    public Task Durable => _durable.Task;

    /// <summary>Says that it is durable.</summary>
    public void Succeed()
    {
        Content = default;
        _durable.TrySetResult();
    }

    /// <summary>Says that it was not taken.</summary>
    public void Fail(JournalException refusal)
    {
        Content = default;
        _durable.TrySetException(refusal);
    }
}
