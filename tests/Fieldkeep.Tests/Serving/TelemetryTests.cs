using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using Fieldkeep.Cli;
using Fieldkeep.Serving;
using Fieldkeep.Tests.Support;
using Fieldkeep.Vault.Keys;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using Xunit;

namespace Fieldkeep.Tests.Serving;

/// <summary>What leaves the machine as measurements, traces and logs, and what does not.</summary>
public sealed partial class TelemetryTests : IAsyncLifetime
{
    private const string Name = "Zebulon Quagga";
    private const string Provider = "https://quince.invalid";
    private const string Email = "zebulon.quagga@example.org";

    private const string Form = """
        <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">
          <h:head><h:title>Visit</h:title><model><instance><data id="visit" version="1"><name/><meta><instanceID/></meta></data></instance>
            <bind nodeset="/data/name" type="string"/></model></h:head>
          <h:body/></h:html>
        """;

    private readonly ScratchFolder _data = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<byte[]>> _taken = new(StringComparer.Ordinal);
    private WebApplication? _collector;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private WebApplication Collector => _collector ?? throw new InvalidOperationException("The collector was not started.");

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _collector = builder.Build();
        _collector.MapPost("/v1/{signal}", TakeAsync);
        await _collector.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_collector is not null)
        {
            await _collector.DisposeAsync();
        }

        _data.Dispose();
    }

    [Fact]
    public async Task Measurements_traces_and_logs_arrive_and_nothing_in_them_tells_of_a_person()
    {
        var (server, address) = await FieldkeepProcess.ServeWithAsync(
            "OTEL_METRIC_EXPORT_INTERVAL", "500", _data.Path, "--telemetry", Collector.Urls.Single(), "--oidc-issuer", Provider, "--oidc-client-id", "fieldkeep");
        string door, instance;
        using (server)
        {
            using var script = new ScriptClient(_data.Path, address);
            await script.SetUpAsync();
            await script.SignInAsync();
            (var project, door) = await script.PublishAsync(Form);
            await script.PostAsync("/v1/users", JsonContent.Create(new { email = Email }));
            await script.PostAsync($"/v1/projects/{project}/app-users", JsonContent.Create(new { displayName = Name }));
            instance = $"uuid:{Guid.CreateVersion7()}";
            await script.SubmitAsync(door, [$"<data id=\"visit\" version=\"1\"><name>{Name}</name><meta><instanceID>{instance}</instanceID></meta></data>"]);
            await script.GetAsync($"/v1/projects/{project}/forms/visit.svc/Submissions?$filter={Uri.EscapeDataString("year(__system/submissionDate) gt 2000")}");

            // A wrong password, and addresses that hold what is nobody's business.
            using var wrong = await script.BeginAsync($"/v1/projects/{project}/forms/{Uri.EscapeDataString(Name)}?q={Uri.EscapeDataString(Name)}");
            using var nowhere = await script.BeginAsync($"{door}/{Uri.EscapeDataString(Name)}");
            using var refused = await script.TryAsync("/v1/sessions", JsonContent.Create(new { email = Email, password = Name }));
            Assert.Equal((404, 404, 401), ((int)wrong.StatusCode, (int)nowhere.StatusCode, (int)refused.StatusCode));
            await UntilTakenAsync("metrics", "http.server.request.duration", "fieldkeep.submissions", "fieldkeep.ledger.sealed");
            await UntilTakenAsync("traces", "/submission", "{token}");
            // Nobody answers there, which is a line of the log.
            using var away = await script.BeginAsync("/api/session/external/begin");
            await UntilTakenAsync("logs", "the sign-in provider cannot be used ({Failure})");
            Assert.Equal(0, (await server.TerminateAsync()).ExitCode);
        }

        // In each of the ways in which a path or a body writes it.
        var all = string.Concat(_taken.Keys.Select(TextOf));
        foreach (var canary in new[]
        {
            Name, Uri.EscapeDataString(Name), "Quagga", Email, door.Split('/')[3], instance, "admin@example.org", "Administrator", "Plum Relief", "$filter", "127.0.0.1", _data.Path, Provider,
        })
        {
            var at = all.IndexOf(canary, StringComparison.OrdinalIgnoreCase);
            Assert.True(at < 0, at < 0 ? "" : $"{canary}: {all[Math.Max(0, at - 120)..Math.Min(all.Length, at + 120)]}");
        }
    }

    [Fact]
    public void Lines_of_the_log_keep_their_template_and_lose_what_tells_of_a_person()
    {
        using var keyring = Keyring.Create(KeyringFiles.Below(_data.Path), TimeProvider.System);
        using var kept = new KeptLines();
        using var lines = new PlainLogLines(keyring);
        using (var log = LoggerFactory.Create(builder => builder.AddOpenTelemetry(to => to.AddProcessor(lines).AddProcessor(kept))))
        {
            LogTrial(log.CreateLogger("Fieldkeep.Server.Trial"), new InvalidOperationException(Name), Name, Email, "10.1.2.3", "28P01");
            LogTrial(log.CreateLogger("Fieldkeep.Server.Trial"), new InvalidOperationException(Name), Name, "else@example.org", "10.1.2.4", "28P01");
            LogTrial(log.CreateLogger("Microsoft.Trial"), new InvalidOperationException(Name), Name, Email, "10.1.2.3", "28P01");
        }

        var (first, second, others) = (kept.Lines[0], kept.Lines[1], kept.Lines[2]);
        Assert.Equal("A trial of {Name} by {Account} from {Address}: {Code}", first["{OriginalFormat}"]);
        Assert.Equal(("28P01", "System.InvalidOperationException"), (first["Code"], first["exception.type"]));
        Assert.Matches("^p:[0-9a-f]{16}$", first["Account"]);
        Assert.Equal(first["Name"], second["Name"]);
        Assert.NotEqual(first["Account"], second["Account"]);
        Assert.Equal(["exception.type", "{OriginalFormat}"], others.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("http://localhost:4318", true)]
    [InlineData("https://collector.example.org/otel", true)]
    [InlineData("localhost:4318", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("http://user:word@localhost", false)]
    public void A_collector_is_a_web_address(string text, bool isOne)
    {
        if (isOne)
        {
            Assert.Equal(new Uri(text), Telemetry.AddressOf(text));
        }
        else
        {
            Assert.Throws<CommandException>(() => Telemetry.AddressOf(text));
        }
    }

    [LoggerMessage(1, LogLevel.Error, "A trial of {Name} by {Account} from {Address}: {Code}")]
    private static partial void LogTrial(ILogger log, Exception problem, string name, string account, string address, string code);

    // Text in these messages lies in the clear, in UTF-8.
    private string TextOf(string signal) => string.Concat(_taken.GetValueOrDefault(signal, []).Select(Encoding.UTF8.GetString));

    private async Task UntilTakenAsync(string signal, params string[] texts)
    {
        for (var tries = 0; texts.FirstOrDefault(text => !TextOf(signal).Contains(text, StringComparison.Ordinal)) is { } missing; tries++)
        {
            Assert.True(tries < 300, $"“{missing}” is not in the {TextOf(signal).Length} characters of {signal}: {TextOf(signal)}");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    private async Task TakeAsync(HttpContext http, string signal)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        _taken.GetOrAdd(signal, _ => new ConcurrentQueue<byte[]>()).Enqueue(body.ToArray());
        http.Response.ContentType = "application/x-protobuf";
    }

    private sealed class KeptLines : BaseProcessor<LogRecord>
    {
        public List<Dictionary<string, string>> Lines { get; } = [];

        public override void OnEnd(LogRecord data) =>
            Lines.Add((data.Attributes ?? []).ToDictionary(one => one.Key, one => $"{one.Value}", StringComparer.Ordinal));
    }
}
