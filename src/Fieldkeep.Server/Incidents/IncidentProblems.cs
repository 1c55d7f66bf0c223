using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Incidents;

/// <summary>The refusals of the Incidents room.</summary>
internal static class IncidentProblems
{
    /// <summary>There is none.</summary>
    public static ProblemException NotFound() => new("incident.not_found", 404, "There is no such incident.");

    /// <summary>A field that is not what it must be.</summary>
    public static ProblemException Invalid(string field, string wanted) => new("incident.invalid", 422, $"“{field}” must be {wanted}.");

    /// <summary>Somebody was faster.</summary>
    public static ProblemException Changed(int revision) => new(
        "incident.changed", 409, "Somebody else has changed this incident since you read it. Read it again.")
    {
        Details = new Dictionary<string, object?>(StringComparer.Ordinal) { ["revision"] = revision },
    };

    /// <summary>What goes on has no post-mortem.</summary>
    public static ProblemException NotOver() => new("incident.not_over", 409, "A post-mortem is written once the incident is over.");

    /// <summary>Nobody reads so many.</summary>
    public static ProblemException TooManyUpdates(int most) =>
        new("incident.too_many", 409, $"An incident has {most} updates at most. End it, and tell of what goes on as another one.");

    /// <summary>The list of what is open is full.</summary>
    public static ProblemException TooMany(int most) => new("incident.too_many", 409, $"At most {most} incidents are open at once. End or withdraw one first.");
}
