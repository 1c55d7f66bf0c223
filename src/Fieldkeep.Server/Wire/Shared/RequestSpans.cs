using System.Diagnostics;
using Fieldkeep.Server.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Makes a span of each request for whoever collects traces: its method, the template of its address and its status, and nothing else.</summary>
/// <remarks>
/// The framework's own span holds the whole path, in which ODK's addresses have tokens, and takes the trace of the caller's headers, which anybody may write. This one
/// begins a trace of its own. While nobody collects traces the request runs as if this were not here.
/// </remarks>
internal static class RequestSpans
{
    private static readonly ActivitySource Source = new(Measures.Name);

    /// <summary>Runs the rest of a request.</summary>
    public static Task RunAsync(HttpContext http, RequestDelegate next) => Source.HasListeners() ? TracedAsync(http, next) : next(http);

    private static async Task TracedAsync(HttpContext http, RequestDelegate next)
    {
        // Ends with this method: what runs above has its own again.
        Activity.Current = null;
        using var span = Source.StartActivity(MethodOf(http), ActivityKind.Server);
        try
        {
            await next(http);
        }
        finally
        {
            if (span is not null)
            {
                Describe(span, http);
            }
        }
    }

    private static void Describe(Activity span, HttpContext http)
    {
        var route = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        span.DisplayName = route is null ? MethodOf(http) : $"{MethodOf(http)} {route}";
        span.SetTag("http.request.method", MethodOf(http));
        span.SetTag("http.route", route);
        span.SetTag("http.response.status_code", http.Response.StatusCode);
        if (http.Response.StatusCode >= StatusCodes.Status500InternalServerError)
        {
            span.SetStatus(ActivityStatusCode.Error);
        }
    }

    // Anybody may invent one.
    private static string MethodOf(HttpContext http) =>
        HttpMethods.GetCanonicalizedValue(http.Request.Method) is "GET" or "HEAD" or "POST" or "PUT" or "PATCH" or "DELETE" or "OPTIONS"
            ? http.Request.Method
            : "_OTHER";
}
