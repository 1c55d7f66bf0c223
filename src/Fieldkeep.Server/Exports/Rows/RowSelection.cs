using System.Globalization;
using Fieldkeep.Server.Answers.Filters;

namespace Fieldkeep.Server.Exports.Rows;

/// <summary>Chooses submissions; each null lets everything through.</summary>
/// <param name="From">Those that arrived then or later.</param>
/// <param name="Before">Those that arrived earlier.</param>
/// <param name="ReviewStates">Review states; <c>received</c> for those nobody reviewed.</param>
/// <param name="Submitters">Numbers of people and phones that sent them.</param>
/// <param name="Filter">What must hold, as OData's <c>$filter</c> is written.</param>
internal sealed record RowSelection(
    DateTimeOffset? From,
    DateTimeOffset? Before,
    IReadOnlyList<string>? ReviewStates,
    IReadOnlyList<long>? Submitters,
    string? Filter)
{
    private const string Received = "received";

    private static readonly string[] States = [Received, "hasIssues", "edited", "approved", "rejected"];

    /// <summary>Gives all of it as one filter; null for everything.</summary>
    /// <exception cref="Kernel.ProblemException">
    /// <c>export.unknown_review_state</c>, <c>export.bad_range</c>, and what <see cref="FilterParser.Read"/> throws.
    /// </exception>
    public string? ToFilter()
    {
        if (From is { } first && Before is { } last && last <= first)
        {
            throw ExportProblems.BadRange();
        }

        List<string> parts =
        [
            .. From is { } from ? [$"__system/submissionDate ge {Written(from)}"] : Array.Empty<string>(),
            .. Before is { } before ? [$"__system/submissionDate lt {Written(before)}"] : Array.Empty<string>(),
            .. ReviewStates is { } states ? [AnyOf(states, StateIs)] : Array.Empty<string>(),
            .. Submitters is { } submitters ? [AnyOf(submitters, OneIs)] : Array.Empty<string>(),
            .. Filter is { Length: > 0 } filter ? [Whole(filter)] : Array.Empty<string>(),
        ];
        return parts.Count == 0 ? null
            : parts is [var only] ? only
            : string.Join(" and ", parts.Select(part => $"({part})"));
    }

    // Read alone first: half a filter must not become a whole one between the others.
    private static string Whole(string filter)
    {
        _ = FilterParser.Read(filter);
        return filter;
    }

    private static string AnyOf<T>(IReadOnlyList<T> choices, Func<T, string> write) =>
        choices.Count == 0 ? "false" : string.Join(" or ", choices.Select(write));

    private static string StateIs(string state) =>
        !States.Contains(state, StringComparer.Ordinal) ? throw ExportProblems.UnknownReviewState(state, States)
        : state == Received ? "__system/reviewState eq null"
        : $"__system/reviewState eq '{state}'";

    private static string OneIs(long submitter) => string.Create(CultureInfo.InvariantCulture, $"__system/submitterId eq {submitter}");

    private static string Written(DateTimeOffset instant) =>
        instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
