using System.Data.Common;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Health;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Tells load balancers and operators whether the server lives and whether it can do its work.</summary>
internal static class HealthRoutes
{
    private const string Ping = "select 1";

    // An answer later than this is as good as none for whoever asks.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Maps <c>/health/live</c> (the process answers) and <c>/health/ready</c> (the database does too, and there is room to receive). Anyone may ask and learns one
    /// word; what is behind it stands in <c>/api/health/checks</c>, for operators.
    /// </summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("/health")
            .Speaks(Dialect.Api)
            .CalledBy(CallerKind.Anonymous)
            .MadeFor(Audience.Operators)
            .WithTags("Health");
        health.MapGet("/live", () => new HealthItem("live")).Declare("getLiveness", "Ask whether the server lives");
        health.MapGet("/ready", ReadyAsync)
            .Declare("getReadiness", "Ask whether the server can do its work")
            .Writes<HealthItem>()
            .Produces<HealthItem>(StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<IResult> ReadyAsync(HttpContext context, Db db, LookAtChecks look)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(Patience);
        try
        {
            await db.GetAsync<int>(Ping, null, limit.Token);
            return look switch
            {
                { IsStale: true } => WireJson.Answer(new HealthItem("unwatched"), StatusCodes.Status503ServiceUnavailable),
                { HasNoRoom: true } => WireJson.Answer(new HealthItem("no_room"), StatusCodes.Status503ServiceUnavailable),
                _ => WireJson.Answer(new HealthItem("ready")),
            };
        }
        catch (Exception problem) when (problem is DbException or OperationCanceledException or TimeoutException)
        {
            return WireJson.Answer(new HealthItem("database_unreachable"), StatusCodes.Status503ServiceUnavailable);
        }
    }

    /// <summary>Says whether a path asks whether the process lives.</summary>
    public static bool IsLive(PathString path) => path.StartsWithSegments("/health/live", StringComparison.OrdinalIgnoreCase);

    /// <summary>Says whether a path is one of these.</summary>
    public static bool IsOne(PathString path) => path.StartsWithSegments("/health", StringComparison.OrdinalIgnoreCase);
}

/// <summary>How the server is.</summary>
/// <param name="Status"><c>live</c>, <c>ready</c>, <c>database_unreachable</c>, <c>no_room</c> when nothing can be received because a disk is full, <c>unwatched</c> when it has not looked at itself for minutes, <c>sealed</c> while nobody gave the server its root key, or <c>forked</c> while it lets nobody in because the keyring that servers share went another way.</param>
internal sealed record HealthItem(string Status);
