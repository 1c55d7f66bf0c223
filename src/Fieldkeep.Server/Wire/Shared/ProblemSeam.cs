using System.Security.Cryptography;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Health;
using Fieldkeep.Server.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>The one place where anything thrown becomes an answer. What it logs holds no answers and no secrets.</summary>
internal sealed partial class ProblemSeam(RequestDelegate next, AnswerCounts counts, ILogger<ProblemSeam> log)
{
    private static readonly TimeSpan OutageRetry = TimeSpan.FromSeconds(10);

    /// <summary>Runs the rest of the request.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            http.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return;
        }
        catch (Exception thrown) when (!http.Response.HasStarted)
        {
            http.Response.Headers.ContentDisposition = default;
            http.Response.Headers.ETag = default;
            await ProblemWriter.WriteAsync(http, ProblemOf(http, thrown));
            return;
        }
        catch (Exception thrown) when (thrown is not ProblemException && !DatabaseFailure.IsOutage(thrown) && !http.RequestAborted.IsCancellationRequested)
        {
            // Begun, and broken off.
            NoteFault(http);
            throw;
        }

        if (!http.Response.HasStarted && http.Response.ContentType is null && IsOurs(http.Request.Path)
            && UnansweredProblem(http) is { } problem)
        {
            await ProblemWriter.WriteAsync(http, problem);
        }
    }

    private void NoteFault(HttpContext http)
    {
        if (!HealthRoutes.IsOne(http.Request.Path))
        {
            counts.NoteFault();
        }
    }

    private ProblemException ProblemOf(HttpContext http, Exception thrown)
    {
        switch (thrown)
        {
            case ProblemException problem:
                return problem;
            case BadHttpRequestException request:
                return new ProblemException("request.refused", request.StatusCode, request.StatusCode switch
                {
                    StatusCodes.Status413PayloadTooLarge => "The body is larger than this address takes.",
                    StatusCodes.Status408RequestTimeout => "The body came too slowly. Try again.",
                    _ => "The request is not well-formed.",
                });
            case var _ when DatabaseFailure.IsOutage(thrown):
                LogOutage(log, KeyPath.Redact(http.Request.Path), thrown.GetType().Name, DatabaseFailure.CodeOf(thrown));
                return new ProblemException(
                    "database.unavailable", 503, "The server cannot reach its database at this moment. Try again soon; nothing you sent before is lost.")
                {
                    RetryAfter = OutageRetry,
                };
            case var _ when DatabaseFailure.IsUnstorableText(thrown):
                return new ProblemException("text.unstorable", 400, "A text holds a character that cannot be kept, such as NUL. Remove it.");
            default:
                var incident = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
                NoteFault(http);
                LogIncident(log, incident, http.Request.Method, KeyPath.Redact(http.Request.Path), Describe(thrown));
                return new ProblemException(
                    "server.fault", 500, $"Something went wrong on the server (incident {incident}). Tell its operator this number.")
                {
                    CentralCode = 500.1m,
                };
        }
    }

    // What the framework refused by itself, without a word: a parameter that cannot be read, no such address, no such method there.
    private static ProblemException? UnansweredProblem(HttpContext http) => http.Response.StatusCode switch
    {
        StatusCodes.Status400BadRequest => new ProblemException("request.refused", 400, "A parameter of this address is not of the kind it takes: see the reference of the API."),
        StatusCodes.Status404NotFound => new ProblemException("request.not_found", 404, "There is nothing at this address.") { CentralCode = 404.1m },
        StatusCodes.Status405MethodNotAllowed => new ProblemException("request.method", 405, "This address does not take this method."),
        StatusCodes.Status413PayloadTooLarge => new ProblemException("request.refused", 413, "The body is larger than this address takes."),
        StatusCodes.Status415UnsupportedMediaType => new ProblemException("body.media_type", 415, "This address does not take this Content-Type."),
        _ => null,
    };

    private static bool IsOurs(PathString path) =>
        path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase) || path.StartsWithSegments("/v1", StringComparison.OrdinalIgnoreCase);

    // Types and places, not messages: those may quote what a person wrote.
    private static string Describe(Exception thrown)
    {
        var lines = new List<string>();
        for (var cause = thrown; cause is not null; cause = cause.InnerException)
        {
            lines.Add($"{cause.GetType().FullName} {DatabaseFailure.CodeOf(cause)}\n{cause.StackTrace}");
        }

        return string.Join("\ncaused by ", lines);
    }

    [LoggerMessage(1, LogLevel.Error, "incident {Incident}: {Method} {Path}\n{Description}")]
    private static partial void LogIncident(ILogger log, string incident, string method, string path, string description);

    [LoggerMessage(2, LogLevel.Warning, "database cannot be reached: {Path} {Failure} {Code}")]
    private static partial void LogOutage(ILogger log, string path, string failure, string? code);
}
