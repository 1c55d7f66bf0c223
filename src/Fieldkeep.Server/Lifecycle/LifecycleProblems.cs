using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Lifecycle;

/// <summary>The refusals of the Lifecycle room.</summary>
internal static class LifecycleProblems
{
    /// <summary>Refuses a reason that says nothing, or too much.</summary>
    /// <exception cref="ProblemException"><c>lifecycle.reason</c>.</exception>
    public static string CheckReason(string? reason) => StatedReason.Check(reason, "lifecycle.reason", "why");

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

    /// <summary>Refuses whoever sees some of the submissions only that all of which are meant: the number alone would tell of the others.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public static void RequireWholeSight(RowLimits rows)
    {
        if (!rows.Seen.IsAll)
        {
            throw AccessProblems.Denied();
        }
    }

    /// <summary>Does what the keyring has noted already: when the database goes away meanwhile, it is done all the same, later.</summary>
    /// <exception cref="ProblemException"><c>lifecycle.ordered</c>.</exception>
    public static async Task<T> OnceNotedAsync<T>(Func<Task<T>> act)
    {
        try
        {
            return await act();
        }
        catch (Exception outage) when (DatabaseFailure.IsOutage(outage))
        {
            throw new ProblemException(
                "lifecycle.ordered",
                503,
                "The database went away. What you ordered is noted with the keys and will be done as soon as it is back: it cannot be taken back, and need not be ordered again. Look at it in some minutes.");
        }
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
