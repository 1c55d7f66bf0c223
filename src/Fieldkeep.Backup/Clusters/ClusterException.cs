namespace Fieldkeep.Backup.Clusters;

/// <summary>Says why the private PostgreSQL cluster cannot be used, in a sentence and with what to do about it.</summary>
/// <param name="reason">The kind of trouble, for the exit code of the command line.</param>
/// <param name="message">One lower-case sentence naming what and which value.</param>
/// <param name="hint">What to do about it.</param>
/// <param name="cause">The exception below, if there is one.</param>
public sealed class ClusterException(ClusterTrouble reason, string message, string hint, Exception? cause = null)
    : Exception(message, cause)
{
    /// <summary>The kind of trouble.</summary>
    public ClusterTrouble Reason { get; } = reason;

    /// <summary>What to do about it.</summary>
    public string Hint { get; } = hint;
}

/// <summary>Names the kinds of trouble a private cluster can have.</summary>
public enum ClusterTrouble
{
    /// <summary>No usable PostgreSQL server programs were found.</summary>
    NoBinaries,

    /// <summary>Another Fieldkeep process holds the data directory.</summary>
    DataDirectoryInUse,

    /// <summary>A folder cannot be created, entered or written.</summary>
    FolderClosed,

    /// <summary>PostgreSQL was started and did not become ready.</summary>
    DoesNotStart,

    /// <summary>A database of the operator's own does not answer, or is too old.</summary>
    Unreachable,
}
