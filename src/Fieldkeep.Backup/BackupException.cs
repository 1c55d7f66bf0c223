namespace Fieldkeep.Backup;

/// <summary>Names the kinds of trouble of backup and restore, for the exit code of the command line.</summary>
public enum BackupTrouble
{
    /// <summary>A folder is missing, not empty, or in the wrong place.</summary>
    WrongFolder,

    /// <summary>Another backup runs in the same folder.</summary>
    InUse,

    /// <summary>There is no such backup.</summary>
    NoBackup,

    /// <summary>The backup is damaged or incomplete.</summary>
    Damaged,

    /// <summary>No root key was given or found.</summary>
    NoKey,

    /// <summary>A program of PostgreSQL, or pgBackRest, failed or is missing.</summary>
    ToolFailed,
}

/// <summary>Says why a backup or a restore stopped, in a sentence and with what to do about it. Carries no secret.</summary>
/// <param name="reason">The kind of trouble.</param>
/// <param name="message">One lower-case sentence naming what and which value.</param>
/// <param name="hint">What to do about it.</param>
/// <param name="cause">The exception below, if there is one.</param>
public sealed class BackupException(BackupTrouble reason, string message, string hint, Exception? cause = null)
    : Exception(message, cause)
{
    /// <summary>The kind of trouble.</summary>
    public BackupTrouble Reason { get; } = reason;

    /// <summary>What to do about it.</summary>
    public string Hint { get; } = hint;

    internal static BackupException Damaged(string what, Exception? cause = null) => new(
        BackupTrouble.Damaged, what, "use another backup, and find out what damaged this one: the disk, a copy tool, a person", cause);
}
