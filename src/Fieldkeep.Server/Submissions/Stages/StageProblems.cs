using Fieldkeep.Server.Access;
using Fieldkeep.Server.Deployments.Stages;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Stages;

/// <summary>Why a submission of a deployment does not move.</summary>
internal static class StageProblems
{
    /// <summary>The code of <see cref="Outdated"/>.</summary>
    public const string OutdatedCode = "transition.outdated";

    /// <summary>Gives the problem of a refusal.</summary>
    public static ProblemException Of(StageRefusal refusal, Standing at) => refusal switch
    {
        StageRefusal.NotAllowed => AccessProblems.Denied(),
        StageRefusal.SamePerson => SamePerson(),
        StageRefusal.NoMessage => NoMessage(),
        StageRefusal.Outdated => Outdated(at.Version, null),
        _ => Invalid(at.State, at.Stage),
    };

    public static ProblemException Invalid(SubmissionState state, StageId? stage) => new(
        "transition.invalid",
        409,
        $"That does not happen to a submission that is {NameOf(state)}. Load it again and see where it stands.")
    {
        CentralCode = 409.1m,
        Details = new Dictionary<string, object?>(StringComparer.Ordinal) { ["state"] = NameOf(state), ["stageId"] = stage?.Value },
    };

    public static ProblemException NotDeployed() => new(
        "transition.not_deployed", 409, "The submission belongs to no deployment: it has a review state instead of stages.");

    public static ProblemException SamePerson() => new(
        "transition.four_eyes",
        403,
        "Whoever collected, edited or approved a submission before cannot approve it too: somebody else must look at it.");

    public static ProblemException NoMessage() => new(
        "transition.message_needed", 422, "Say why in “message”: whoever must correct it reads that.")
    { CentralCode = 400.2m };

    public static ProblemException MessageTooLong(int most) => new(
        "transition.message_too_long", 422, $"A message is at most {most} characters long and has no NUL.");

    public static ProblemException VersionNeeded() => new(
        "transition.version_needed", 422, "Say in “version” which version of the submission you have looked at.");

    public static ProblemException StageNeeded() => new(
        "transition.stage_needed", 422, "Say in “stageId” which stage of the submission you approve: the one it stood at when you looked.");

    /// <summary>Whoever does not say at which stage approves once, and not at one stage after the other.</summary>
    public static ProblemException ApprovedBefore(StageId? stage) => new(
        "transition.invalid",
        409,
        "You approved this version at an earlier stage already. To approve it at this one too, use the API that names the stage.")
    {
        CentralCode = 409.1m,
        Details = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["state"] = NameOf(SubmissionState.Pending),
            ["stageId"] = stage?.Value,
        },
    };

    /// <summary>There is a newer version.</summary>
    /// <param name="changes">What changed since the version that was looked at; null when it is not told.</param>
    public static ProblemException Outdated(int version, object? changes) => new(
        OutdatedCode,
        409,
        $"The submission was changed since you loaded it: it is at version {version} now. Look at what changed, then decide again.")
    {
        Details = new Dictionary<string, object?>(StringComparer.Ordinal) { ["version"] = version, ["changes"] = changes },
    };

    public static ProblemException UnknownEvent() => new(
        "transition.unknown_event", 422, "“event” must be submit, approve, reject, redraft, return, discard or restore.");

    public static ProblemException TooMany(int most) =>
        new("transition.too_many", 422, $"At most {most} submissions move at once, each named once. Send fewer.");

    /// <summary>Gives a state's name.</summary>
    public static string NameOf(SubmissionState state) => state switch
    {
        SubmissionState.Draft => "draft",
        SubmissionState.Pending => "pending",
        SubmissionState.Rejected => "rejected",
        SubmissionState.Final => "final",
        _ => "discarded",
    };
}
