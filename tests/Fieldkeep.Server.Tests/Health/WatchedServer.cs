using System.Text.Json.Nodes;
using Fieldkeep.Server.Health;
using Fieldkeep.Server.Health.Telling;
using Fieldkeep.Server.Mail;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Fieldkeep.Server.Tests.Health;

/// <summary>A server whose checks see what a test wants, whose rounds are the test's, and whose letters and calls arrive here.</summary>
internal sealed class WatchedServer(TestCluster cluster) : IAsyncDisposable
{
    private readonly Postman _postman = new();
    private HookSink? _sink;
    private TestServer? _server;

    /// <summary>Its check of a disk.</summary>
    public Probe Disk { get; } = new("disk");

    /// <summary>Its check of the database.</summary>
    public Probe Database { get; } = new(LookAtChecks.Database);

    public TestServer Server => _server ?? throw new InvalidOperationException("The server was not started.");

    public HookSink Sink => _sink ?? throw new InvalidOperationException("The sink was not started.");

    /// <summary>Letters about how the server stands; others tell of new devices and the like.</summary>
    public IReadOnlyList<ReadLetter> Told =>
        [.. _postman.Taken.Select(Letters.Parse).Where(one => one.Body.Contains("The Fieldkeep server", StringComparison.Ordinal))];

    private static CancellationToken Token => Xunit.TestContext.Current.CancellationToken;

    public static string Text(JsonNode? node, string member) => node?[member]?.ToString() ?? "";

    public static IReadOnlyList<JsonNode> Items(JsonNode? page, string member) => [.. page?[member]?.AsArray().OfType<JsonNode>() ?? []];

    public async ValueTask InitializeAsync()
    {
        _sink = await HookSink.StartAsync();
        var smtp = new SmtpSettings { Host = "127.0.0.1", Port = _postman.Port, IsEncrypted = false };
        _server = new TestServer(cluster)
        {
            Configure = settings => settings with { Mail = new MailSettings { Smtp = smtp }, PrivateWebhooks = true },
            Replace = services =>
            {
                services.RemoveAll<ICheck>().AddSingleton<ICheck>(Database).AddSingleton<ICheck>(Disk);

                // Their rounds are the test's, so that their number is known.
                services.Remove(services.Single(part => IsLoop<CarryAlerts>(part)));
                services.Remove(services.Single(part => IsLoop<SendMail>(part)));
            },
        };
        await _server.InitializeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await _postman.DisposeAsync();
        await Sink.DisposeAsync();
    }

    /// <summary>Has all checks looked at, half a minute apart as the server does.</summary>
    public async Task RoundsAsync(int count)
    {
        for (var round = 0; round < count; round++)
        {
            await Server.Services.GetRequiredService<WatchChecks>().RunAsync(Token);
            Server.Clock.Advance(TimeSpan.FromSeconds(30));
        }
    }

    /// <summary>Has what is to be told sent.</summary>
    public async Task CarryAsync()
    {
        await Server.Services.GetRequiredService<SendMail>().RunAsync(Token);
        await Server.Services.GetRequiredService<CarryAlerts>().SendDueAsync(Token);
    }

    /// <summary>The checks as an operator sees them.</summary>
    public async Task<IReadOnlyList<JsonNode>> ChecksAsync() => Items(await (await Server.OrganisationAdminAsync()).GetAsync("/api/health/checks"), "items");

    /// <summary>The alerts that stand, as an operator sees them.</summary>
    public async Task<IReadOnlyList<JsonNode>> OpenAsync() => Items(await (await Server.OrganisationAdminAsync()).GetAsync("/api/health/alerts"), "open");

    private static bool IsLoop<T>(ServiceDescriptor part) =>
        part.ServiceType == typeof(IHostedService) && part.ImplementationFactory?.Method.ReturnType == typeof(T);
}
