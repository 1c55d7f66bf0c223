using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Holding;

/// <summary>The refusals of holds.</summary>
internal static class HoldProblems
{
    /// <summary>The code of <see cref="Active"/>.</summary>
    public const string ActiveCode = "hold.active";

    /// <summary>Something on hold was to be erased.</summary>
    public static ProblemException Active(IReadOnlyList<long> holds) => new(
        ActiveCode,
        409,
        $"A legal hold is on this ({string.Join(", ", holds.Select(hold => $"hold {hold}"))}): nothing was erased. Whoever may place holds can lift it, with a reason.");

    /// <summary>It is held already.</summary>
    public static ProblemException Standing() => new("hold.standing", 409, "A legal hold stands on this already. Nothing was changed.");

    /// <summary>The keyring remembers no more.</summary>
    public static ProblemException TooMany() =>
        new("hold.too_many", 409, "So many holds were placed and lifted here that no more can be remembered. Place one on the whole project instead.");

    /// <summary>What was to be held was erased at that moment.</summary>
    public static ProblemException Gone() =>
        new("submission.not_found", 404, "This submission was deleted for good at this moment. No hold was placed.");

    /// <summary>There is no such hold that stands.</summary>
    public static ProblemException NotFound(long id) => new("hold.not_found", 404, $"There is no hold {id} that stands in this project.");
}
