using Fieldkeep.Cli;
using Fieldkeep.Server;
using Fieldkeep.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Fieldkeep.Serving;

/// <summary>Builds the web host around the server: TLS, HTTP/1.1 and HTTP/2, limits, logs on stderr.</summary>
internal static class ServerHost
{
    private const int MaxHeaderBytes = 32 * 1024;

    // Idle TLS connections cost about 30 KB each.
    private const int MaxConnections = 4000;

    // One photo or video with its form; operations that take less say so themselves.
    private const long MaxBodyBytes = 110L << 20;

    // Phones on a bad network: 100 bytes/s after a pause of 30 s.
    private static readonly MinDataRate SlowestBody = new(bytesPerSecond: 100, gracePeriod: TimeSpan.FromSeconds(30));

    /// <summary>Builds the application; it does not listen yet.</summary>
    /// <param name="settings">What the server needs to know.</param>
    /// <param name="listen">Where it listens.</param>
    /// <param name="certificates">The certificate it shows.</param>
    /// <param name="telemetry">Takes its log, too; null for none.</param>
    public static WebApplication Build(ServerSettings settings, ListenAddresses listen, ICertificateSource certificates, Telemetry? telemetry)
    {
        var builder = CreateBuilder(listen, certificates);
        telemetry?.AddTo(builder.Logging);
        builder.AddFieldkeep(settings);
        var app = builder.Build();
        app.MapFieldkeep();
        return app;
    }

    /// <summary>Begins an application that listens as the server does; it has no address yet.</summary>
    public static WebApplicationBuilder CreateBuilder(ListenAddresses listen, ICertificateSource certificates)
    {
        // Empty: no configuration files, and no ASPNETCORE_* variable may open another port.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        builder.Logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning);
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(20));
        builder.Services.AddRouting();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.Limits.MinRequestBodyDataRate = SlowestBody;
            kestrel.Limits.MinResponseDataRate = SlowestBody;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(20);
            kestrel.Limits.Http2.MaxStreamsPerConnection = 100;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);
            listen.Apply(kestrel, one =>
            {
                one.Protocols = HttpProtocols.Http1AndHttp2;
                one.UseHttps(TlsSettings.With(certificates));
            });
        });
        return builder;
    }

    /// <summary>Starts listening and returns the port.</summary>
    /// <exception cref="CommandException">The port is taken or may not be used.</exception>
    public static async Task<int> ListenAsync(WebApplication app, ListenAddresses listen, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            // Free when looked at a moment ago.
            throw listen.Taken();
        }

        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.First()
            ?? throw new InvalidOperationException("Kestrel listens and names no address.");
        return new Uri(address.Replace("*", "localhost", StringComparison.Ordinal).Replace("[::]", "localhost", StringComparison.Ordinal)).Port;
    }
}
