using Fieldkeep.Cli;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Fieldkeep.Serving;

/// <summary>Sends measurements, traces and logs to a collector that the operator names, over OTLP: docs/operations/telemetry.md. Without one there is none of it.</summary>
internal sealed class Telemetry : IDisposable
{
    private const int EveryMilliseconds = 30_000;

    // Of OpenTelemetry's own, in milliseconds; its readers take it when nothing else is said.
    private const string EveryVariable = "OTEL_METRIC_EXPORT_INTERVAL";
    private const int PatienceMilliseconds = 5_000;
    private const int EndMilliseconds = 1_000;

    // Of the framework's measurements, those that tell how long addresses take: by template, never by path.
    private const string RequestMeter = "Microsoft.AspNetCore.Hosting";

    private static readonly string[] RequestTags = ["http.request.method", "http.route", "http.response.status_code", "error.type"];

    private readonly Uri _collector;
    private readonly Keyring _keyring;
    private readonly ResourceBuilder _resource;
    private readonly MeterProvider _metrics;
    private readonly TracerProvider _traces;

    private Telemetry(Uri collector, Keyring keyring)
    {
        (_collector, _keyring) = (collector, keyring);
        _resource = ResourceBuilder.CreateEmpty().AddService(
            "fieldkeep",
            serviceVersion: typeof(Telemetry).Assembly.GetName().Version?.ToString(),
            autoGenerateServiceInstanceId: false,
            serviceInstanceId: Environment.MachineName);
        _metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(_resource)
            .AddMeter(Measures.Name, RequestMeter)
            .AddView(instrument => instrument.Meter.Name == RequestMeter ? new MetricStreamConfiguration { TagKeys = RequestTags } : null)
            .AddOtlpExporter((exporter, reader) =>
            {
                Aim(exporter, "v1/metrics");
                if (Environment.GetEnvironmentVariable(EveryVariable) is null)
                {
                    reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = EveryMilliseconds;
                }
            })
            .Build();
        _traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(_resource)
            .SetSampler(new AlwaysOnSampler())
            .AddSource(Measures.Name)
            .AddOtlpExporter(exporter => Aim(exporter, "v1/traces"))
            .Build();
    }

    /// <summary>Begins; null when no collector is named.</summary>
    /// <param name="collector">Where it is, such as <c>http://localhost:4318</c>.</param>
    /// <param name="keyring">Its pepper makes the pseudonyms in logs.</param>
    public static Telemetry? Start(Uri? collector, Keyring keyring) => collector is null ? null : new Telemetry(collector, keyring);

    /// <summary>Reads where the collector is.</summary>
    /// <exception cref="CommandException">It is no address that can be sent to.</exception>
    public static Uri? AddressOf(string? text) => text switch
    {
        null => null,
        _ when Uri.TryCreate(text, UriKind.Absolute, out var url) && url is { Scheme: "http" or "https", Query: "", Fragment: "", UserInfo: "" } => url,
        _ => throw new CommandException(ExitCodes.Usage, $"“{text}” given for --telemetry is no address of a collector", "write it as http://localhost:4318"),
    };

    /// <summary>Has lines of the log sent, too: without what tells of a person.</summary>
    public void AddTo(ILoggingBuilder logging)
    {
        // A line for each request holds its path; spans tell of requests.
        logging.AddFilter<OpenTelemetryLoggerProvider>("Fieldkeep.Server.Wire.Shared.RequestLog", LogLevel.None);
        logging.AddOpenTelemetry(log =>
        {
            log.SetResourceBuilder(_resource);
            log.ParseStateValues = true;
            log.AddProcessor(new PlainLogLines(_keyring));
            log.AddOtlpExporter(exporter => Aim(exporter, "v1/logs"));
        });
    }

    /// <summary>Sends what waits, within five seconds; for an end in order.</summary>
    public void Flush() => Parallel.Invoke(() => _metrics.ForceFlush(PatienceMilliseconds), () => _traces.ForceFlush(PatienceMilliseconds));

    /// <inheritdoc/>
    public void Dispose()
    {
        // A collector that hangs keeps the keys and the database for a second, not for as long as each would wait for it in turn.
        Parallel.Invoke(() => _metrics.Shutdown(EndMilliseconds), () => _traces.Shutdown(EndMilliseconds));
        _metrics.Dispose();
        _traces.Dispose();
    }

    private void Aim(OtlpExporterOptions exporter, string path)
    {
        exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
        exporter.Endpoint = new Uri($"{_collector.AbsoluteUri.TrimEnd('/')}/{path}");
        exporter.TimeoutMilliseconds = PatienceMilliseconds;
    }
}
