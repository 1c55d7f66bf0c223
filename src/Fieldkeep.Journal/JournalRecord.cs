namespace Fieldkeep.Journal;

/// <summary>A record as it was appended.</summary>
/// <param name="Id">The caller's id.</param>
/// <param name="At">When it was appended, UTC, to the millisecond.</param>
/// <param name="Content">The caller's bytes.</param>
public sealed record JournalRecord(Guid Id, DateTimeOffset At, ReadOnlyMemory<byte> Content);

/// <summary>A record that the caller could not place; kept until a person decides.</summary>
/// <param name="File">Its file in <c>quarantine/</c>.</param>
/// <param name="Id">The caller's id.</param>
/// <param name="Reason">The caller's code of why.</param>
/// <param name="At">When it was appended, UTC.</param>
/// <param name="QuarantinedAt">When it was put there, UTC.</param>
/// <param name="Content">The caller's bytes.</param>
public sealed record QuarantinedRecord(
    string File, Guid Id, string Reason, DateTimeOffset At, DateTimeOffset QuarantinedAt, ReadOnlyMemory<byte> Content);
