using Fieldkeep.Server.Kernel;
using Fieldkeep.XForms.Conditions;

namespace Fieldkeep.Server.Submissions.Conditions;

/// <summary>What can go wrong with conditions on rows. Messages name questions, never answers that were given.</summary>
internal static class RowConditionProblems
{
    public static ProblemException NotFound(long id) => new(
        "row_condition.not_found", 404, $"This form has no row condition {id}.")
    { CentralCode = 404.1m };

    public static ProblemException Invalid(ConditionException problem) => new("row_condition.invalid", 400, problem.Message)
    {
        CentralCode = 400.8m,
        Details = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["faults"] = problem.Faults.Select(fault => new { place = fault.Place, message = fault.Message }).ToList(),
        },
    };

    public static ProblemException NameInvalid(int longest) => new(
        "row_condition.name_invalid", 400, $"A row condition needs a name of 1 to {longest} characters without control characters.")
    { CentralCode = 400.8m };

    public static ProblemException TooMany(int most) => new(
        "row_condition.too_many", 409, $"The form has {most} row conditions, the most that one can have. Remove one that nobody needs any more.");

    public static ProblemException InUse(int grants) => new(
        "row_condition.in_use",
        409,
        $"{grants} roles are held with this row condition. Take them away first: without their condition they would show nothing.");
}
