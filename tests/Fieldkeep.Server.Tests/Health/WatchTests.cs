using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Health;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Health;

/// <summary>The server looks at itself, writes down what it sees, and tells operators.</summary>
public sealed class WatchTests(TestCluster cluster) : IAsyncLifetime
{
    private readonly WatchedServer _watched = new(cluster);

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => _watched.InitializeAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _watched.DisposeAsync();

    [Fact]
    public async Task What_fails_is_told_once_acknowledged_and_told_again_when_it_is_well()
    {
        var admin = await _watched.Server.OrganisationAdminAsync();
        await admin.PostAsync("/api/health/recipients", new { kind = "mail", address = "duty@example.org" });
        var hook = await admin.PostAsync("/api/health/recipients", new { kind = "webhook", address = $"{_watched.Sink.Address}hook" });
        _watched.Disk.Seen = CheckOutcome.Failing("disk.very_low", ("path", "/data"), ("bytes", 5), ("percent", 1));

        await _watched.RoundsAsync(1);
        Assert.Equal("failing", WatchedServer.Text((await _watched.ChecksAsync())[1], "state"));
        Assert.Empty(await _watched.OpenAsync());
        await _watched.RoundsAsync(3);
        await _watched.CarryAsync();

        // To the operator and to the address they named, each once.
        var letters = _watched.Told;
        Assert.Equal(["duty@example.org", Actors.AdminEmail], letters.Select(one => one.To).Order(StringComparer.Ordinal));
        Assert.All(letters, one => Assert.Contains("Only 1 % of the disk of /data is free.", one.Body, StringComparison.Ordinal));
        var (signature, body) = Assert.Single(_watched.Sink.Taken);
        var told = JsonNode.Parse(body);
        Assert.Equal(("alert", "failing", "disk", "disk.very_low"), (WatchedServer.Text(told, "kind"), WatchedServer.Text(told, "state"), WatchedServer.Text(told, "check"), WatchedServer.Text(told, "code")));
        var seconds = signature.Split(',')[0][2..];
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(WatchedServer.Text(hook, "secret")), (byte[])[.. Encoding.UTF8.GetBytes($"{seconds}."), .. body]);
        Assert.Equal($"t={seconds},v1={Convert.ToHexStringLower(mac)}", signature);

        var alert = Assert.Single(await _watched.OpenAsync());
        Assert.Equal(("disk", "failing", ""), (WatchedServer.Text(alert, "check"), WatchedServer.Text(alert, "state"), WatchedServer.Text(alert, "acknowledgedAt")));
        using var known = await admin.SendAsync(HttpMethod.Post, $"/api/health/alerts/{alert["id"]}/acknowledgement", new { note = "a larger disk comes tomorrow" });
        Assert.Equal(204, (int)known.StatusCode);
        alert = Assert.Single(await _watched.OpenAsync());
        Assert.Equal("a larger disk comes tomorrow", WatchedServer.Text(alert, "note"));
        var stored = await _watched.Server.QueryAsync<byte[]>("select note from health.alerts");
        Assert.Equal(-1, stored.AsSpan().IndexOf("larger"u8));

        // Known: nothing for six days, though it fails.
        for (var day = 0; day < 6; day++)
        {
            _watched.Server.Clock.Advance(TimeSpan.FromDays(1));
            await _watched.RoundsAsync(1);
        }

        await _watched.CarryAsync();
        Assert.Equal((2, 1), (_watched.Told.Count, _watched.Sink.Taken.Count));

        _watched.Disk.Seen = CheckOutcome.Ok("disk.ok", ("percent", 60), ("path", "/data"));
        await _watched.RoundsAsync(25);
        await _watched.CarryAsync();
        Assert.Empty(await _watched.OpenAsync());
        Assert.Equal(4, _watched.Told.Count);
        Assert.Equal("recovered", WatchedServer.Text(JsonNode.Parse(_watched.Sink.Taken.Last().Body), "state"));
        admin = await _watched.Server.OrganisationAdminAsync();
        var closed = Assert.Single(WatchedServer.Items(await admin.GetAsync("/api/health/alerts"), "closed"));
        Assert.Equal("disk.very_low", WatchedServer.Text(closed, "code"));
        var kinds = WatchedServer.Items(await admin.GetAsync($"/api/health/events?alert={closed["id"]}"), "items").Select(one => WatchedServer.Text(one, "kind"));
        Assert.Equal(["closed", "opened"], kinds);
        using var late = await admin.SendAsync(HttpMethod.Post, $"/api/health/alerts/{closed["id"]}/acknowledgement", new { note = "" });
        await late.ShouldBeProblemAsync(409, "alert.closed");
    }

    [Fact]
    public async Task Without_a_database_alerts_go_out_all_the_same_and_are_written_down_later()
    {
        var admin = await _watched.Server.OrganisationAdminAsync();
        await admin.PostAsync("/api/health/recipients", new { kind = "webhook", address = $"{_watched.Sink.Address}hook" });
        await _watched.RoundsAsync(1);
        _watched.Database.Seen = CheckOutcome.Failing("database.unreachable", ("failure", "57P01"));
        _watched.Disk.Seen = CheckOutcome.Failing("disk.full", ("path", "/data"), ("bytes", 0), ("percent", 0));

        await _watched.RoundsAsync(4);

        Assert.Equal(2, _watched.Sink.Taken.Count);
        Assert.Equal(2, _watched.Told.Count);
        Assert.Empty(await _watched.OpenAsync());

        _watched.Database.Seen = CheckOutcome.Ok("database.ok");
        await _watched.RoundsAsync(1);
        await _watched.CarryAsync();
        Assert.Equal(["database", "disk"], (await _watched.OpenAsync()).Select(one => WatchedServer.Text(one, "check")).Order(StringComparer.Ordinal));
        Assert.Equal(2, _watched.Sink.Taken.Count);
        Assert.True(await _watched.Server.QueryAsync<bool>("select bool_and(is_believed_failing) from health.alerts"));
    }

    [Fact]
    public async Task Whom_an_alert_did_not_reach_without_a_database_is_told_when_it_is_back()
    {
        var admin = await _watched.Server.OrganisationAdminAsync();
        await admin.PostAsync("/api/health/recipients", new { kind = "webhook", address = $"{_watched.Sink.Address}hook" });
        await admin.PostAsync("/api/health/recipients", new { kind = "webhook", address = $"{_watched.Sink.Address}moved" });
        await _watched.RoundsAsync(1);
        _watched.Database.Seen = CheckOutcome.Failing("database.unreachable", ("failure", "57P01"));

        // Tried again after five minutes: those who know are told nothing twice.
        await _watched.RoundsAsync(14);
        Assert.Equal((1, 1), (_watched.Sink.Taken.Count, _watched.Told.Count));

        _watched.Database.Seen = CheckOutcome.Ok("database.ok");
        await _watched.RoundsAsync(1);
        await _watched.CarryAsync();
        Assert.Equal((1, 1), (_watched.Sink.Taken.Count, _watched.Told.Count));
        Assert.Equal(1, await _watched.Server.QueryAsync<long>("select count(*) from health.deliveries where recipient_id = (select max(id) from health.recipients)"));
        Assert.Equal(1, await _watched.Server.QueryAsync<long>("select count(*) from health.deliveries"));
    }

    [Fact]
    public async Task Alerts_of_a_machine_that_is_gone_are_closed_after_a_day()
    {
        await _watched.Server.QueryAsync<long>("""
            insert into health.alerts (machine, check_name, state, worst, code, words, opened_at, changed_at)
            values ('gone', 'disk', 'failing', 'failing', 'disk.full', '{}', @now, @now) returning id
            """, new { now = _watched.Server.Clock.GetUtcNow() });
        await _watched.Server.QueryAsync<long>("with seen as (insert into health.machines values ('gone', @now) returning 1) select count(*) from seen", new { now = _watched.Server.Clock.GetUtcNow() });
        await _watched.RoundsAsync(1);
        Assert.Single(await _watched.OpenAsync());

        _watched.Server.Clock.Advance(TimeSpan.FromHours(25));
        await _watched.RoundsAsync(1);

        Assert.Empty(await _watched.OpenAsync());
        Assert.Equal("check.unseen", await _watched.Server.QueryAsync<string>("select code from health.events order by id desc limit 1"));
    }

    [Fact]
    public async Task A_webhook_that_takes_nothing_is_tried_again_and_shown()
    {
        var admin = await _watched.Server.OrganisationAdminAsync();
        await admin.PostAsync("/api/health/recipients", new { kind = "webhook", address = $"{_watched.Sink.Address}hook" });
        _watched.Sink.Status = 500;
        using (var sent = await admin.SendAsync(HttpMethod.Post, "/api/health/alerts/test"))
        {
            Assert.Equal(204, (int)sent.StatusCode);
        }

        // It goes to everybody: not again within a minute.
        using (var again = await admin.SendAsync(HttpMethod.Post, "/api/health/alerts/test"))
        {
            await again.ShouldBeProblemAsync(429, "alert.test_too_soon");
        }

        await _watched.CarryAsync();
        var recipient = Assert.Single(WatchedServer.Items(await admin.GetAsync("/api/health/recipients"), "items"));
        Assert.Equal(("status 500", 1), (WatchedServer.Text(recipient, "lastError"), (int?)recipient["waiting"]));
        _watched.Sink.Status = 200;
        _watched.Server.Clock.Advance(TimeSpan.FromMinutes(1));
        await _watched.CarryAsync();
        recipient = Assert.Single(WatchedServer.Items(await admin.GetAsync("/api/health/recipients"), "items"));
        Assert.Equal(("", 0), (WatchedServer.Text(recipient, "lastError"), (int?)recipient["waiting"]));
        Assert.Equal("test", WatchedServer.Text(JsonNode.Parse(_watched.Sink.Taken.Last().Body), "state"));
        Assert.Contains(Actors.AdminEmail, _watched.Told.Select(one => one.To));
        var stored = await _watched.Server.QueryAsync<byte[]>("select content from health.recipients");
        Assert.Equal(-1, stored.AsSpan().IndexOf("/hook"u8));
    }
}
