using System.Reflection;

namespace Fieldkeep.Server.Database.Servers;

/// <summary>What this process is to the other servers on its database.</summary>
/// <param name="name">The name of its own folder: the same after each start, and nobody else's.</param>
internal sealed class OwnServer(string name)
{
    private const int LongestAddress = 500;
    private const int LongestVersion = 100;

    private volatile string _address = "";

    /// <summary>The name of its own folder.</summary>
    public string Name => name;

    /// <summary>Another with each start.</summary>
    public Guid Run { get; } = Guid.CreateVersion7();

    /// <summary>The program's version.</summary>
    public static string Version { get; } = Cut(
        typeof(OwnServer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown", LongestVersion);

    /// <summary>Where it listens; empty until it does.</summary>
    public string Address => _address;

    /// <summary>Says where it listens.</summary>
    public void Listens(Uri at) => _address = Cut(at.ToString(), LongestAddress);

    private static string Cut(string text, int most) => text[..Math.Min(text.Length, most)];
}

/// <summary>Tells what other servers have to know of this one's journal; registered by the room that keeps it.</summary>
internal sealed record ToldOfJournal(Func<JournalStanding> Of);

/// <summary>How the journal of a server stands.</summary>
/// <param name="Waiting">Records that the database lacks.</param>
/// <param name="SetAside">Records that could not be stored.</param>
/// <param name="IsKnown">Whether it can be read: else nobody knows which files and keys it needs.</param>
internal sealed record JournalStanding(long Waiting, long SetAside, bool IsKnown);
