using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions;

/// <summary>What can go wrong when submissions are read. Messages name ids, never answers.</summary>
internal static class SubmissionReadProblems
{
    public static ProblemException CursorUnreadable() => new(
        "cursor.unreadable",
        400,
        "“after” is not a cursor of this list. Pass the “next” of the page before unchanged, or leave it out to begin with the newest.")
    { CentralCode = 400.8m };

    public static ProblemException BadLimit(int most) => new(
        "query.bad_limit", 400, $"“limit” must be a whole number from 1 to {most}.")
    { CentralCode = 400.11m };

    public static ProblemException NoSuchVersion(string instanceId, string versionId) => new(
        "submission.no_such_version",
        404,
        $"The submission “{Shorten(instanceId)}” has no version “{Shorten(versionId)}”.")
    { CentralCode = 404.1m };

    public static ProblemException VersionMissing() => new(
        "submission.version_missing",
        400,
        "Name the version to go back to as “versionId”, and the one you took for the current version as “current”.");

    public static ProblemException TooLargeToCompare(int mebibytes) => new(
        "submission.too_large_to_compare",
        413,
        $"The versions of this submission together are larger than {mebibytes} MiB, the most that is compared at once. Download them and compare them yourself.");

    public static ProblemException NotInTrash(string instanceId) => new(
        "submission.not_in_trash", 404, $"There is no submission “{Shorten(instanceId)}” of this form in the trash.")
    { CentralCode = 404.1m };

    public static ProblemException CommentEmpty() => new(
        "comment.empty", 400, "Required parameter body missing. Write the comment's text there.")
    { CentralCode = 400.2m };

    public static ProblemException CommentUnusable(int most) => new(
        "comment.unusable", 400, $"A comment is at most {most} characters long and has no NUL.")
    { CentralCode = 400.8m };

    public static ProblemException TooManyComments(int most) => new(
        "comment.too_many",
        409,
        $"The submission has {most} comments, the most that one can have. Correct the submission or review it instead; the reasons given there are kept too.");

    public static ProblemException FileMissing(string name) => new(
        "submission.file_missing",
        404,
        $"The submission names a file “{Shorten(name)}” whose bytes have not arrived yet. Ask for them on the phone that sent it.")
    { CentralCode = 404.1m };

    public static ProblemException Damaged(string instanceId) => new(
        "submission.damaged",
        500,
        $"The stored answers of submission “{Shorten(instanceId)}” are damaged and cannot be opened. Tell the server's operator: a backup has them.")
    { CentralCode = 500.1m };

    public static ProblemException BadReviewState() => new(
        "submission.bad_review_state",
        400,
        "“reviewState” must be null, hasIssues, edited, approved or rejected.")
    { CentralCode = 400.8m };

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
