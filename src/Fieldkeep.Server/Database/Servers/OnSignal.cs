namespace Fieldkeep.Server.Database.Servers;

/// <summary>What a room does when it hears a word of another server, beside forgetting; registered by the room. A word of its own process comes, too.</summary>
/// <param name="Word">The first word; what stands behind it is told.</param>
/// <param name="DoAsync">Gets the rest of what was heard, empty when it is the word alone; null when words may have been missed.</param>
internal sealed record OnSignal(string Word, Func<string?, CancellationToken, Task> DoAsync)
{
    /// <summary>Says a word with the commit of a transaction, or at once.</summary>
    public static Task TellAsync(Sql sql, string word, CancellationToken cancellationToken) =>
        sql.ExecuteAsync("select pg_notify('fieldkeep', @word)", new { word }, cancellationToken);
}
