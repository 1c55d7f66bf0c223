using Fieldkeep.Server.Exports.Formats;
using Fieldkeep.Server.Exports.Jobs;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Exports;

/// <summary>What can be wrong with a request for an export.</summary>
internal static class ExportProblems
{
    public static ProblemException NotFound(bool isOneOfSeveral) => new(
        "export.not_found",
        404,
        isOneOfSeveral
            ? "There is no such export of yours on this server. Exports are kept for 24 hours, by the server that makes them and until it restarts; start a new one."
            : "There is no such export of yours. Exports are kept for 24 hours and until the server restarts; start a new one.")
    { CentralCode = 404.1m };

    public static ProblemException OutOfReach() => new(
        "export.out_of_reach",
        410,
        "The export holds submissions that your role does not show you any more. It was made before; start a new one with what you see now.");

    public static ProblemException MadeBefore() => new(
        "export.out_of_reach",
        410,
        "What is confidential in this form has changed since the export was made. Start a new one, which holds what you see now.");

    public static ProblemException NotReady(ExportState state) => new(
        "export.not_ready",
        409,
        state switch
        {
            ExportState.Running => "The export is still being made. Ask for its progress and fetch it when it is ready.",
            ExportState.Cancelled => "The export was cancelled. Start a new one.",
            _ => "The export failed. Start a new one.",
        });

    public static ProblemException UnknownFormat(string? format) => new(
        "export.unknown_format", 422, $"“{Shorten(format ?? "")}” is not a format this server can export. It can: {string.Join(", ", ExportFormats.All.Select(one => one.Name))}.");

    public static ProblemException TooMany(int most) => new(
        "export.too_many", 429, $"You have {most} exports waiting or kept. Fetch or delete one first.")
    { RetryAfter = TimeSpan.FromSeconds(30) };

    public static ProblemException Busy() => new(
        "export.busy", 503, "The server is making as many exports as it can at once. Try again soon.")
    { RetryAfter = TimeSpan.FromSeconds(10), CentralCode = 503.1m };

    public static ProblemException BusyForOne(int most) => new(
        "export.busy",
        503,
        most == 1
            ? "This link is being used by another download, and serves one at a time. Try again when that has ended."
            : $"The server is making {most} downloads for you already, the most for one person. Try again when one has ended.")
    { RetryAfter = TimeSpan.FromSeconds(10), CentralCode = 503.1m };

    public static ProblemException TooManyQueries() => new(
        "query.too_many", 429, "The server is answering as many questions of yours at once as it does for one person. Wait for their answers, then ask again.")
    { RetryAfter = TimeSpan.FromSeconds(5) };

    public static ProblemException NoTable(string name) => new(
        "export.no_table", 404, $"The form has no table “{Shorten(name)}”.")
    { CentralCode = 404.1m };

    public static ProblemException UnknownColumn(string name) => new(
        "export.unknown_column",
        422,
        $"The form has no “{Shorten(name)}”. Give paths such as /household/size, or names such as SubmissionDate.");

    public static ProblemException UnknownLanguage(string language, IReadOnlyList<string> languages) => new(
        "export.unknown_language",
        422,
        languages.Count == 0
            ? $"The form is not translated, so there are no labels in “{Shorten(language)}”. Leave the language out."
            : $"The form has no language “{Shorten(language)}”. It has: {Shorten(string.Join(", ", languages))}.");

    public static ProblemException NoGeometry(string? path) => new(
        "export.no_geometry",
        422,
        path is null
            ? "What is chosen of the form has no question for a point, line or area, so there is nothing to draw a map of. Choose another format."
            : $"“{Shorten(path)}” is no question for a point, line or area of what is chosen. Give the path of one.");

    public static ProblemException TooManyColumns(string table, int columns, int most) => new(
        "export.too_many_columns",
        422,
        $"The table “{Shorten(table)}” has {columns} columns, and a sheet holds {most}. Choose fewer columns, or another format such as csv.zip.");

    public static ProblemException BadMediaNames(string pattern, IReadOnlyList<string> known) => new(
        "export.bad_media_names",
        422,
        $"“{Shorten(pattern)}” does not say how to name attachments. Use {string.Join(", ", known.Select(name => $"{{{name}}}"))}, text, and / between folders.");

    public static ProblemException UnknownReviewState(string state, IReadOnlyList<string> known) => new(
        "export.unknown_review_state", 422, $"“{Shorten(state)}” is no review state. There are: {string.Join(", ", known)}.");

    public static ProblemException BadRange() => new(
        "export.bad_range", 422, "The end of the dates is not after their beginning, so no submission could be in between. Change one of them.");

    public static ProblemException SpoolFull() => new(
        "export.spool_full",
        507,
        "Exports that wait to be fetched take all the room they may have on the server. Delete one of yours, choose less, or download directly.");

    public static ProblemException DiskFull() => new(
        "export.disk_full",
        507,
        "The server has too little free disk space to keep exports. Ask whoever runs it, or download directly.");

    public static ProblemException NotSaved() => new(
        "export.not_saved", 404, "The form has no such saved export. It may have been removed; list the saved exports and choose one.");

    public static ProblemException NameInvalid(int longest) => new(
        "export.name_invalid", 422, $"Give the export a name of 1 to {longest} characters on one line.");

    public static ProblemException TooManySaved(int most) => new(
        "export.too_many_saved", 409, $"The form has {most} saved exports. Remove one first.");

    public static ProblemException BadDays(int most) => new(
        "export.bad_days", 422, $"A link lives from 1 to {most} days. Say how many.");

    public static ProblemException TooManyLinks(int most) => new(
        "export.too_many_links", 409, $"The saved export has {most} links that work. Revoke one first.");

    public static ProblemException NoLink() => new(
        "export.no_link", 404, "The saved export has no such link. List its links and choose one.");

    public static ProblemException LinkRefused() => new(
        "export.link_refused", 401, "This link is not valid any more. Ask whoever gave it to you for a new one.");

    public static ProblemException LinkTooFast(TimeSpan wait) => new(
        "export.link_too_fast", 429, $"The link was used too often. Try again in {Math.Max(1, (int)Math.Ceiling(wait.TotalMinutes))} minutes.")
    { RetryAfter = wait };

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";

    /// <summary>An archive that nobody asked for, that was fetched, or that waited for too long.</summary>
    public static ProblemException ArchiveUnknown() => new(
        "archive.not_found", 404, "There is no archive that you can fetch here: it was fetched already, or was asked for more than an hour ago. Ask for it again.");
}
