using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;
using Microsoft.AspNetCore.Http;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>
/// Lets nobody in from the moment that the keyring of several servers is known to have gone another way than this one: what is sealed from here on another may not be able
/// to open. The process itself lives until what it had is written down, so it says that it does, and by another word that nobody should be sent to it.
/// </summary>
internal sealed class ForkedDoors(RequestDelegate next, Keyring keyring)
{
    private static readonly TimeSpan Retry = TimeSpan.FromMinutes(1);

    /// <summary>Runs the rest of the request, or answers it.</summary>
    /// <exception cref="ProblemException"><c>server.sealed</c>.</exception>
    public Task InvokeAsync(HttpContext http)
    {
        if (!keyring.IsForked)
        {
            return next(http);
        }

        if (!HealthRoutes.IsOne(http.Request.Path))
        {
            throw new ProblemException(
                "server.sealed", 503, "The server has closed its doors: its operator has to look at its keys first. Nothing is lost; what you have stays with you, try again later.")
            {
                RetryAfter = Retry,
            };
        }

        http.Response.StatusCode = HealthRoutes.IsLive(http.Request.Path) ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return http.Response.WriteAsJsonAsync(new HealthItem("forked"), http.RequestAborted);
    }
}
