namespace Fieldkeep.Journal;

/// <summary>How the journal stands, for the status page.</summary>
/// <param name="OpenSince">When this process opened it.</param>
/// <param name="WaitingRecords">Records that the database does not have yet, as far as the journal was told.</param>
/// <param name="UndrainedBytes">What segments take that are not drained, bytes.</param>
/// <param name="MaxUndrainedBytes">What they may take at most.</param>
/// <param name="OldestWaitingAt">When the oldest waiting record was appended; null when none waits.</param>
/// <param name="KeptSegments">Drained segments that are kept.</param>
/// <param name="Quarantined">Files in quarantine.</param>
/// <param name="Damage">What was found damaged since this process opened the journal, and segments kept because of damage. Any is an alarm.</param>
/// <param name="Trouble">The trouble of the last attempt to write; null when it went well.</param>
public sealed record JournalState(
    DateTimeOffset OpenSince,
    int WaitingRecords,
    long UndrainedBytes,
    long MaxUndrainedBytes,
    DateTimeOffset? OldestWaitingAt,
    int KeptSegments,
    int Quarantined,
    IReadOnlyList<JournalDamage> Damage,
    JournalTroubleNote? Trouble);

/// <summary>A trouble that lasts.</summary>
/// <param name="Reason">Its kind.</param>
/// <param name="Message">A sentence, without secrets.</param>
/// <param name="Since">When it began.</param>
public sealed record JournalTroubleNote(JournalTrouble Reason, string Message, DateTimeOffset Since);
