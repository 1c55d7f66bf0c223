namespace Fieldkeep.Server.Database;

/// <summary>What was written is committed, and perhaps not where commits are waited for: nobody is told that it is safe.</summary>
internal sealed class CommitUnsureException()
    : Exception("The database committed, and warned while it did: what was written may not stand in its copies.");
