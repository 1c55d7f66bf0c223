using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Logs one line for each request, without its query and with the tokens in its path hidden.</summary>
internal sealed partial class RequestLog(RequestDelegate next, ILogger<RequestLog> log, TimeProvider clock)
{
    /// <summary>Runs the rest of the request.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        var started = clock.GetTimestamp();
        await next(http);
        if (log.IsEnabled(LogLevel.Information))
        {
            LogAnswered(
                log,
                http.Request.Method,
                KeyPath.Redact(http.Request.Path),
                http.Response.StatusCode,
                clock.GetElapsedTime(started).TotalMilliseconds);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "{Method} {Path} {Status} {Milliseconds:0} ms")]
    private static partial void LogAnswered(ILogger log, string method, string path, int status, double milliseconds);
}
