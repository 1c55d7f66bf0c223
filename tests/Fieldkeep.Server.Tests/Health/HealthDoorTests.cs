using System.Diagnostics.Metrics;
using Fieldkeep.Server.Health;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Health;

/// <summary>Who learns how the server stands, and by which doors.</summary>
public sealed class HealthDoorTests(TestCluster cluster) : IAsyncLifetime
{
    private readonly WatchedServer _watched = new(cluster);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => _watched.InitializeAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _watched.DisposeAsync();

    [Fact]
    public async Task Only_operators_see_how_the_server_stands_and_anybody_learns_one_word()
    {
        _watched.Disk.Seen = CheckOutcome.Failing("disk.full", ("path", "/secret-path"), ("bytes", 0), ("percent", 0));
        await _watched.RoundsAsync(1);

        using var client = _watched.Server.CreateClient();
        using var ready = await client.GetAsync(new Uri("/health/ready", UriKind.Relative), Token);
        Assert.Equal((503, """{"status":"no_room"}"""), ((int)ready.StatusCode, await ready.Content.ReadAsStringAsync(Token)));
        Assert.Equal(0, _watched.Server.Services.GetRequiredService<AnswerCounts>().OfLastMinutes().Faults);
        using var live = await client.GetAsync(new Uri("/health/live", UriKind.Relative), Token);
        Assert.Equal(200, (int)live.StatusCode);
        _watched.Disk.Seen = CheckOutcome.Ok("disk.ok");
        await _watched.RoundsAsync(1);
        using var again = await client.GetAsync(new Uri("/health/ready", UriKind.Relative), Token);
        Assert.Equal(200, (int)again.StatusCode);

        var person = await _watched.Server.SignedInAsync("", 0);
        foreach (var path in new[] { "/api/health/checks", "/api/health/servers", "/api/health/alerts", "/api/health/events", "/api/health/recipients" })
        {
            using var denied = await person.SendAsync(HttpMethod.Get, path);
            await denied.ShouldBeProblemAsync(403, "access.denied");
        }

        var admin = await _watched.Server.OrganisationAdminAsync();
        foreach (var (body, status, code) in new (object, int, string)[]
        {
            (new { kind = "pigeon", address = "a@example.org" }, 422, "recipient.invalid"),
            (new { kind = "mail", address = "a@example.org\r\nBcc: b@example.org" }, 422, "mail.address_invalid"),
            (new { kind = "webhook", address = "ftp://example.org/" }, 422, "recipient.address_unsafe"),
        })
        {
            using var refused = await admin.SendAsync(HttpMethod.Post, "/api/health/recipients", body);
            await refused.ShouldBeProblemAsync(status, code);
        }

        var made = await admin.PostAsync("/api/health/recipients", new { kind = "mail", address = "duty@example.org" });
        using var twice = await admin.SendAsync(HttpMethod.Post, "/api/health/recipients", new { kind = "mail", address = "Duty@example.org" });
        await twice.ShouldBeProblemAsync(409, "recipient.exists");
        using var gone = await admin.SendAsync(HttpMethod.Delete, $"/api/health/recipients/{made["recipient"]?["id"]}");
        Assert.Equal(204, (int)gone.StatusCode);
        using var none = await admin.SendAsync(HttpMethod.Post, "/api/health/alerts/999/acknowledgement", new { note = "x" });
        await none.ShouldBeProblemAsync(404, "alert.not_found");
    }

    [Fact]
    public async Task How_checks_stand_can_be_measured()
    {
        _watched.Disk.Seen = CheckOutcome.Failing("disk.full");
        await _watched.RoundsAsync(1);
        var measured = new List<(string Check, int State)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, to) =>
            {
                if (instrument.Name == "fieldkeep.check.state")
                {
                    to.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((_, state, tags, _) => measured.Add((tags[0].Value?.ToString() ?? "", state)));
        listener.Start();
        listener.RecordObservableInstruments();

        Assert.Contains(("disk", 2), measured);
        Assert.Contains(("database", 0), measured);
    }
}
