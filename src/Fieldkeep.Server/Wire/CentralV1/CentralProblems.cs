using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>The refusals that only Central's API has.</summary>
internal static class CentralProblems
{
    /// <summary>Something Central can and this server cannot, or not yet.</summary>
    /// <param name="feature">What, as the beginning of a sentence.</param>
    /// <param name="instead">A sentence that says what to do instead.</param>
    public static ProblemException NotBuilt(string feature, string instead) =>
        new("central.not_built", 501, $"{feature} is not supported by this server. {instead}") { CentralCode = 501.1m };

    /// <summary>A role that does not exist.</summary>
    public static ProblemException RoleUnknown(string role) =>
        new("role.not_found", 404, $"There is no role “{Shorten(role)}”. GET /v1/roles lists all.") { CentralCode = 404.1m };

    /// <summary>An id in a body that names nothing.</summary>
    public static ProblemException NoSuchKey(string field, long value, string table) =>
        new("body.no_such_key", 400, $"The given {field} {value} for {table} does not exist.") { CentralCode = 400.14m };

    /// <summary>A list of forms that is not the list of all forms.</summary>
    public static ProblemException OtherForms() =>
        new("project.other_forms", 501, "“forms” must name every form of the project once: this address neither makes nor deletes any.")
        {
            CentralCode = 501.2m,
        };

    /// <summary>A value of a body that cannot be.</summary>
    public static ProblemException Unexpected(string field, string reason) =>
        new("body.unexpected_value", 400, $"Unexpected {field}: {reason}") { CentralCode = 400.8m };

    /// <summary>A body that lacks the one property it is about.</summary>
    public static ProblemException NoProperty(string name) =>
        new("body.no_property", 400, $"Could not find a property named “{name}” in the body.") { CentralCode = 400.23m };

    /// <summary>A body with more in it than expected.</summary>
    public static ProblemException OtherProperties(string expected) =>
        new("body.other_properties", 400, $"The body may hold only {expected}.") { CentralCode = 400.33m };

    /// <summary>A parameter of the query that is not of its type.</summary>
    public static ProblemException WrongType(string name, string expected) =>
        new("query.wrong_type", 400, $"Invalid input data type: expected ({name}) to be ({expected}).") { CentralCode = 400.11m };

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
