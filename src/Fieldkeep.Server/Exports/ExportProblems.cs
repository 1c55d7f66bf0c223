using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Exports;

/// <summary>What can be wrong with a request for an export.</summary>
internal static class ExportProblems
{
    public static ProblemException NotFound() => new(
        "export.not_found",
        404,
        "There is no such export of yours. Exports are kept for 24 hours and until the server restarts; start a new one.")
    { CentralCode = 404.1m };

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
        "export.unknown_format", 422, $"“{Shorten(format ?? "")}” is not a format this server can export. It can: csv.zip.");

    public static ProblemException TooMany(int most) => new(
        "export.too_many", 429, $"You have {most} exports waiting or kept. Fetch or delete one first.")
    { RetryAfter = TimeSpan.FromSeconds(30) };

    public static ProblemException Busy() => new(
        "export.busy", 503, "The server is making as many exports as it can at once. Try again soon.")
    { RetryAfter = TimeSpan.FromSeconds(10), CentralCode = 503.1m };

    public static ProblemException NoTable(string name) => new(
        "export.no_table", 404, $"The form has no table “{Shorten(name)}”.")
    { CentralCode = 404.1m };

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
