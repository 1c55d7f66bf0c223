using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Lifecycle;

/// <summary>The refusals of the Lifecycle room.</summary>
internal static class LifecycleProblems
{
    private const int FewestReasonCharacters = 3;
    private const int MostReasonCharacters = 1000;

    /// <summary>Refuses a reason that says nothing, or too much.</summary>
    /// <exception cref="ProblemException"><c>lifecycle.reason</c>.</exception>
    public static string CheckReason(string? reason) =>
        (reason?.Trim() ?? "") is { Length: >= FewestReasonCharacters and <= MostReasonCharacters } given && !given.Contains('\0', StringComparison.Ordinal)
            ? given
            : throw new ProblemException(
                "lifecycle.reason", 422, $"“reason” must say why, in {FewestReasonCharacters} to {MostReasonCharacters} characters. Name no person: it stays in the ledger for good.");

    /// <summary>Takes what was chosen, each once.</summary>
    /// <exception cref="ProblemException"><c>lifecycle.none_chosen</c>, <c>lifecycle.too_many</c>.</exception>
    public static IReadOnlyList<string> CheckChosen(IReadOnlyList<string>? chosen, int most)
    {
        var each = (chosen ?? []).Where(one => !string.IsNullOrEmpty(one)).Distinct(StringComparer.Ordinal).ToList();
        return each.Count switch
        {
            0 => throw new ProblemException("lifecycle.none_chosen", 422, "Choose at least one submission. Nothing was changed."),
            _ when each.Count > most => throw new ProblemException(
                "lifecycle.too_many", 422, $"At most {most} submissions go at once; {each.Count} were chosen. Nothing was changed."),
            _ => each,
        };
    }

    /// <summary>Refuses what was not confirmed by typing the number of submissions.</summary>
    /// <exception cref="ProblemException"><c>lifecycle.confirm</c>.</exception>
    public static void RequireTyped(long? typed, long expected)
    {
        if (typed != expected)
        {
            throw new ProblemException(
                "lifecycle.confirm", 422, $"“confirm” must be the number of submissions this touches, {expected}: what is erased or replaced now comes back in no way. Nothing was changed.");
        }
    }
}
