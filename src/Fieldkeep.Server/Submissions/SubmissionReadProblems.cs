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
