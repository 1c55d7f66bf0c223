namespace Fieldkeep.Server.Database;

/// <summary>Says why a database and this program do not go together. Nothing was changed.</summary>
/// <param name="reason">The kind of trouble, for the exit code of the command line.</param>
/// <param name="message">What is wrong, with its value.</param>
/// <param name="hint">What to do about it.</param>
/// <param name="cause">The exception below, if there is one.</param>
internal sealed class SchemaException(SchemaTrouble reason, string message, string hint, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>The kind of trouble.</summary>
    public SchemaTrouble Reason { get; } = reason;

    /// <summary>What to do about it.</summary>
    public string Hint { get; } = hint;
}

/// <summary>Names the kinds of trouble a database and a program can have with each other.</summary>
internal enum SchemaTrouble
{
    /// <summary>A later version made the database what it is, or another one of the same number.</summary>
    Newer,

    /// <summary>The database is of an earlier version, and who asks does not upgrade it.</summary>
    Older,

    /// <summary>A migration failed, or what it left is less than there was.</summary>
    Failed,
}
