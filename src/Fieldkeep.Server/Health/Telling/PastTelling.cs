namespace Fieldkeep.Server.Health.Telling;

/// <summary>Something that is told past the database while that does not answer.</summary>
internal sealed class PastTelling(AlertTelling telling)
{
    private static readonly TimeSpan TryAgain = TimeSpan.FromMinutes(5);

    private DateTimeOffset? _triedAt;

    /// <summary>What is told.</summary>
    public AlertTelling Telling { get; } = telling;

    /// <summary>Addresses that know.</summary>
    public HashSet<string> Reached { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether nobody is left who does not know.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Whether it was noted that somebody knows.</summary>
    public bool IsNoted { get; set; }

    /// <summary>Whether it is to be tried now. A clock that was set back keeps nobody from being told.</summary>
    public bool IsDue(DateTimeOffset now) => !IsDone && !(_triedAt is { } tried && tried <= now && now - tried < TryAgain);

    /// <summary>Notes that it was tried.</summary>
    public void Tried(DateTimeOffset now, bool isDone) => (_triedAt, IsDone) = (now, isDone);
}
