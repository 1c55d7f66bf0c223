using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Answers.Filters;

/// <summary>What can be wrong with a filter. Positions count characters from 1; messages show the filter's own words.</summary>
internal static class FilterProblems
{
    /// <summary>The codes of all of them.</summary>
    public static string[] Codes { get; } =
    [
        "filter.unreadable", "filter.too_long", "filter.too_complex", "filter.unknown_field", "filter.in_repeat",
        "filter.unknown_function", "filter.wrong_type",
    ];

    public static ProblemException Unreadable(int position, string what) => new(
        "filter.unreadable", 400, $"The filter cannot be read at character {position + 1}: {what}")
    { CentralCode = 400.18m, Details = At(position) };

    public static ProblemException TooLong(int most) => new(
        "filter.too_long", 400, $"The filter is longer than {most} characters. Ask for less at once.")
    { CentralCode = 400.18m };

    public static ProblemException TooComplex(int position, string what) => new(
        "filter.too_complex", 400, $"The filter has {what}, at character {position + 1}. Ask for less at once.")
    { CentralCode = 400.18m, Details = At(position) };

    public static ProblemException UnknownField(int position, string name, string? nearest) => new(
        "filter.unknown_field",
        400,
        $"The form has no question “{Shorten(name)}” (character {position + 1} of the filter)."
            + (nearest is null ? " Questions are named by their path, such as group/question." : $" Did you mean “{nearest}”?"))
    { CentralCode = 501.5m, Details = At(position) };

    public static ProblemException InRepeat(int position, string name, string repeat) => new(
        "filter.in_repeat",
        400,
        $"“{Shorten(name)}” (character {position + 1} of the filter) repeats. Ask {repeat}/any(r: r/… eq …).")
    { CentralCode = 501.5m, Details = At(position) };

    public static ProblemException UnknownFunction(int position, string name) => new(
        "filter.unknown_function",
        400,
        $"Filters have no function “{Shorten(name)}” (character {position + 1}). They have {string.Join(", ", FilterFunctions.Names)}.")
    { CentralCode = 501.4m, Details = At(position) };

    public static ProblemException WrongType(int position, string what) => new(
        "filter.wrong_type", 400, $"The filter compares what cannot be compared at character {position + 1}: {what}")
    { CentralCode = 501.4m, Details = At(position) };

    private static Dictionary<string, object?> At(int position) => new(StringComparer.Ordinal) { ["position"] = position + 1 };

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
