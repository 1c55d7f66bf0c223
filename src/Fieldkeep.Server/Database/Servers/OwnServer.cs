using System.Reflection;

namespace Fieldkeep.Server.Database.Servers;

/// <summary>What this process is to the other servers on its database.</summary>
/// <param name="name">The name of its own folder: the same after each start, and nobody else's.</param>
/// <param name="isOneOfSeveral">Whether others may serve on the same database.</param>
internal sealed class OwnServer(string name, bool isOneOfSeveral)
{
    private const int LongestAddress = 500;
    private const int LongestVersion = 100;

    private static readonly Guid Together = new("00000000-0000-8000-8000-007366306b70");

    private volatile string _address = "";

    /// <summary>The name of its own folder.</summary>
    public string Name => name;

    /// <summary>Whether others may serve on the same database.</summary>
    public bool IsOneOfSeveral => isOneOfSeveral;

    /// <summary>By what name it has the database: one of several has it together with the others.</summary>
    public string ServingName => isOneOfSeveral ? "one of several with --shared" : name;

    /// <summary>By what number it has the database.</summary>
    public Guid ServingRun => isOneOfSeveral ? Together : Run;

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
