using Fieldkeep.Server.Health;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Logs one line for each request, and counts it, without its query and with the tokens in its path hidden.</summary>
/// <remarks>
/// A submission that a phone sent and the server stored has no line: it stands in the ledger and the audit log. Thirty
/// phones sending at once wait for each other at the console's lock, and nobody reads a thousand lines a second.
/// </remarks>
internal sealed partial class RequestLog(RequestDelegate next, AnswerCounts counts, ILogger<RequestLog> log, TimeProvider clock)
{
    /// <summary>Runs the rest of the request.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        var started = clock.GetTimestamp();
        try
        {
            await RequestSpans.RunAsync(http, next);
        }
        finally
        {
            // Those who watch the server say nothing of how its users fare.
            if (!HealthRoutes.IsOne(http.Request.Path))
            {
                counts.Note();
            }
        }

        if (!IsStoredSubmission(http) && log.IsEnabled(LogLevel.Information))
        {
            LogAnswered(
                log,
                http.Request.Method,
                KeyPath.Redact(http.Request.Path),
                http.Response.StatusCode,
                clock.GetElapsedTime(started).TotalMilliseconds);
        }
    }

    private static bool IsStoredSubmission(HttpContext http) =>
        http.Response.StatusCode == StatusCodes.Status201Created && Dialects.Of(http) == Dialect.OpenRosa;

    [LoggerMessage(1, LogLevel.Information, "{Method} {Path} {Status} {Milliseconds:0} ms")]
    private static partial void LogAnswered(ILogger log, string method, string path, int status, double milliseconds);
}
