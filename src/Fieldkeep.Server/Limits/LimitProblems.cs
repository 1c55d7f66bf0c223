using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Limits;

/// <summary>The refusals of the Limits room.</summary>
internal static class LimitProblems
{
    /// <summary>The code of <see cref="Submissions"/>.</summary>
    public const string SubmissionsCode = "limit.submissions";

    /// <summary>The code of <see cref="Bytes"/>.</summary>
    public const string BytesCode = "limit.stored_bytes";

    /// <summary>The code of <see cref="Requests"/>.</summary>
    public const string RequestsCode = "limit.requests";

    // What is deleted, and what operators allow more, shows within this.
    private static readonly TimeSpan BytesRetry = TimeSpan.FromHours(1);

    // An upload that began in the hour before waits for nothing that is to come.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    /// <summary>A project has as many new submissions as it may, within an hour or a day.</summary>
    public static ProblemException Submissions(LimitName name, long most, TimeSpan wait) => Full(name, most, wait > Soon ? wait : Soon);

    private static ProblemException Full(LimitName name, long most, TimeSpan wait) => new(
        SubmissionsCode,
        429,
        $"This project takes {most} new submissions {(name == LimitName.SubmissionsAnHour ? "an hour" : "a day")}, and has them. Nothing is lost: keep the form on the phone and send it again in {Words(wait)}.")
    {
        RetryAfter = wait,
    };

    /// <summary>A project has as many bytes as it may.</summary>
    public static ProblemException Bytes(long most) => new(
        BytesCode,
        429,
        $"This project may have {most} bytes of submissions and files, and has them. Nothing is lost: keep the form on the phone, and ask whoever runs the project or the server for more room.")
    {
        RetryAfter = BytesRetry,
    };

    /// <summary>An account asks more often than it may.</summary>
    public static ProblemException Requests(long most, TimeSpan wait) => new(
        RequestsCode, 429, $"This account has asked {most} times within a minute, which is the most it may. Wait {Words(wait)} and go on.")
    {
        RetryAfter = wait,
    };

    /// <summary>A value that is not what it must be.</summary>
    public static ProblemException Invalid(string field, string wanted) => new("limit.invalid", 422, $"“{field}” must be {wanted}.");

    /// <summary>There is no such project or account.</summary>
    public static ProblemException NotFound() => new("limit.not_found", 404, "There is no such project or account.");

    /// <summary>An operator would lock themselves out.</summary>
    public static ProblemException Own() =>
        new("suspension.own", 409, "Nobody suspends their own account. Ask another operator.");

    /// <summary>Somebody was faster.</summary>
    public static ProblemException Meanwhile() => new("suspension.meanwhile", 409, "Somebody else has suspended it at this moment. Look again.");

    /// <summary>It is not suspended.</summary>
    public static ProblemException NotSuspended() => new("suspension.none", 404, "It is not suspended, or no longer.");

    private static string Words(TimeSpan wait) =>
        wait.TotalMinutes < 1 ? $"{Math.Ceiling(wait.TotalSeconds)} seconds" : $"{Math.Ceiling(wait.TotalMinutes)} minutes";
}
