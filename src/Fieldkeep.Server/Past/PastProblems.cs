using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Past;

/// <summary>The refusals of the Past room.</summary>
internal static class PastProblems
{
    /// <summary>There is none that the asker may see.</summary>
    public static ProblemException NotFound() =>
        new("change.not_found", 404, "There is no such change of settings or permissions that you may see.");

    /// <summary>It cannot be taken back, and why.</summary>
    public static ProblemException NotRevertible(string action, string why) =>
        new("change.not_revertible", 409, $"A change “{action}” cannot be reverted here: {why}");

    /// <summary>The same thing was changed since.</summary>
    public static ProblemException Newer(PastEntry newest) => new(
        "change.newer",
        409,
        $"The same thing was changed since, last by change {newest.Id} ({newest.Action}) at {newest.At:u}. Revert that one, or ask again with “even”: {newest.Id}.")
    {
        Details = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["newer"] = new { id = newest.Id, at = newest.At, action = newest.Action, actor = newest.Actor.Value },
        },
    };

    /// <summary>It is so already.</summary>
    public static ProblemException Nothing() => new("change.nothing", 409, "Everything is as it was before this change: there is nothing to revert.");

    /// <summary>An instant that is none, or is still to come.</summary>
    public static ProblemException BadMoment() =>
        new("past.moment_invalid", 400, "“at” is a day (2026-03-01, its end in UTC) or an instant (2026-03-01T12:00:00Z), and not in the future.");

    /// <summary>Before the project was made.</summary>
    public static ProblemException TooEarly(DateTimeOffset made) =>
        new("past.too_early", 404, $"There was no such project at that time: it was made at {made:u}.");

    /// <summary>Before a unit was made, or while it lay in the trash.</summary>
    public static ProblemException UnitAbsent(DateTimeOffset made) => new(
        "past.unit_absent", 404, $"There was no such unit at that time: it was made at {made:u}, or it lay in the trash then.");

    /// <summary>There is no such project in this database.</summary>
    public static ProblemException NoProject(long project) => new("access.not_found", 404, $"There is no project {project} in this database.");

    /// <summary>No entry that can be read tells of the project at that time.</summary>
    public static ProblemException NotYet(long project) => new(
        "past.too_early", 404, $"Nothing tells of project {project} at that time: it was made later, or its keys were destroyed.");

    /// <summary>The schema is not this program's.</summary>
    public static ProblemException OlderDatabase() => new("past.older_database", 409, "This database is of an older version. Start the server once.");
}
