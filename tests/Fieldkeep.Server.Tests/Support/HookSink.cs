using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>A machine elsewhere that takes what webhooks send, or answers with what it is told to.</summary>
internal sealed class HookSink : IAsyncDisposable
{
    private readonly WebApplication _app;

    private HookSink(WebApplication app)
    {
        _app = app;
        _app.MapPost("/hook", TakeAsync);
        _app.MapPost("/moved", () => Results.Redirect($"{Address}hook", permanent: false, preserveMethod: true));
    }

    /// <summary>Where it is.</summary>
    public Uri Address => new(_app.Urls.Single());

    /// <summary>The status it answers.</summary>
    public int Status { get; set; } = StatusCodes.Status204NoContent;

    /// <summary>What it took: the header with the signature, and the body.</summary>
    public ConcurrentQueue<(string Signature, byte[] Body)> Taken { get; } = new();

    /// <summary>Starts one.</summary>
    public static async Task<HookSink> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var sink = new HookSink(builder.Build());
        await sink._app.StartAsync();
        return sink;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        Taken.Enqueue((http.Request.Headers["Fieldkeep-Signature"].ToString(), body.ToArray()));
        http.Response.StatusCode = Status;
    }
}
