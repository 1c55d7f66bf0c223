namespace Fieldkeep.Backup.Objects;

/// <summary>Says that an object store does not do what was asked. Holds nothing of what it answered but its status and the name of its error: answers may quote credentials.</summary>
internal sealed class ObjectStoreException : IOException
{
    /// <summary>Says it in a sentence.</summary>
    public ObjectStoreException(string message)
        : base(message)
    {
    }

    /// <summary>The HTTP status; 0 when there was no answer.</summary>
    public int Status { get; init; }

    /// <summary>The name of the error, letters only; empty when there is none.</summary>
    public string Code { get; init; } = "";

    /// <summary>Whether an object has another content than its name says, or than was sent.</summary>
    public bool IsOther { get; init; }

    /// <summary>Whether the store had just taken what was sent, and keeps something else.</summary>
    public bool WasPut { get; init; }
}
