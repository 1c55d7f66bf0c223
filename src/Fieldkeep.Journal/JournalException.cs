namespace Fieldkeep.Journal;

/// <summary>Names the kinds of trouble of the journal; stable, for callers that answer a phone.</summary>
public enum JournalTrouble
{
    /// <summary>No space: the disk has too little, or too much waits to be drained. Passes by itself when the database comes back or space is freed.</summary>
    Full = 1,

    /// <summary>The disk refused to write or to make durable.</summary>
    Broken,

    /// <summary>The journal was closed: this process ends.</summary>
    Closed,

    /// <summary>The record is larger than <see cref="IntakeJournal.MaxRecordBytes"/>.</summary>
    TooLarge,

    /// <summary>Another process has the journal open.</summary>
    InUse,

    /// <summary>The folder cannot be created, read or written.</summary>
    FolderClosed,

    /// <summary>No record with this id waits, or what is there of it cannot be read.</summary>
    NoRecord,

    /// <summary>The journal lay in another folder before, which holds records or is not to be found.</summary>
    Elsewhere,
}

/// <summary>Says why the journal did not take or do something. What it refused to take counts as never having arrived. Carries no secret.</summary>
/// <param name="reason">The kind of trouble.</param>
/// <param name="message">A sentence naming what and which value.</param>
/// <param name="cause">The exception below, if there is one.</param>
public sealed class JournalException(JournalTrouble reason, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>The kind of trouble.</summary>
    public JournalTrouble Reason { get; } = reason;

    /// <summary>Says in the journal's words why the disk refused.</summary>
    internal static JournalException Of(Exception cause)
    {
        const int noSpace = 28; // ENOSPC
        const int overQuota = 122; // EDQUOT
        return cause is IOException { HResult: noSpace or overQuota }
            ? new JournalException(JournalTrouble.Full, "The journal's disk is full: free some space, and the journal takes more.", cause)
            : new JournalException(JournalTrouble.Broken, $"The journal's disk refused: {cause.Message}", cause);
    }

    /// <summary>Says that too much waits.</summary>
    internal static JournalException TooMuchWaits(long bytes) =>
        new(JournalTrouble.Full, $"{bytes} bytes of the journal wait for the database; the journal takes more when it has them.");
}
