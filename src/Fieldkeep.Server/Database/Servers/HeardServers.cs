namespace Fieldkeep.Server.Database.Servers;

/// <summary>
/// How many servers on this database were heard last. What each of them counts in its own memory it lets through as many times as there are servers, so each lets
/// through its share.
/// </summary>
internal sealed class HeardServers
{
    private volatile int _count = 1;

    /// <summary>How many, this one among them.</summary>
    public int Count => _count;

    /// <summary>Notes how many.</summary>
    public void Note(int count) => _count = Math.Max(1, count);

    /// <summary>This server's share of what all together let through: one at least.</summary>
    public int ShareOf(int most) => Math.Max(1, most / _count);
}
