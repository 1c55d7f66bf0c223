using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Health;
using Fieldkeep.Server.Health.Telling;
using Fieldkeep.Server.Mail;
using Fieldkeep.Server.Submissions.Intake;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Fieldkeep.Server.Tests.Health;

/// <summary>The server looks at itself, writes down what it sees, and tells operators.</summary>
public sealed class WatchTests(TestCluster cluster) : IAsyncLifetime
{
    private readonly Postman _postman = new();
    private readonly Probe _probe = new("disk");
    private readonly Probe _database = new(LookAtChecks.Database);
    private HookSink? _sink;
    private TestServer _server = new(cluster);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private HookSink Sink => _sink ?? throw new InvalidOperationException("The sink was not started.");

    // Beside those about new devices and the like.
    private IReadOnlyList<ReadLetter> Told =>
        [.. _postman.Taken.Select(Letters.Parse).Where(one => one.Body.Contains("The Fieldkeep server", StringComparison.Ordinal))];

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _sink = await HookSink.StartAsync();
        var smtp = new SmtpSettings { Host = "127.0.0.1", Port = _postman.Port, IsEncrypted = false };
        _server = new TestServer(cluster)
        {
            Configure = settings => settings with { Mail = new MailSettings { Smtp = smtp }, PrivateWebhooks = true },
            Replace = services =>
            {
                services.RemoveAll<ICheck>().AddSingleton<ICheck>(_database).AddSingleton<ICheck>(_probe);

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
        await _server.DisposeAsync();
        await _postman.DisposeAsync();
        await Sink.DisposeAsync();
    }

    [Fact]
    public async Task What_fails_is_told_once_acknowledged_and_told_again_when_it_is_well()
    {
        var admin = await _server.OrganisationAdminAsync();
        await admin.PostAsync("/api/health/recipients", new { kind = "mail", address = "duty@example.org" });
        var hook = await admin.PostAsync("/api/health/recipients", new { kind = "webhook", address = $"{Sink.Address}hook" });
        _probe.Seen = CheckOutcome.Failing("disk.very_low", ("path", "/data"), ("bytes", 5), ("percent", 1));

        await RoundsAsync(1);
        Assert.Equal("failing", Text((await ChecksAsync())[1], "state"));
        Assert.Empty(await OpenAsync());
        await RoundsAsync(3);
        await CarryAsync();

        // To the operator and to the address they named, each once.
        var letters = Told;
        Assert.Equal(["duty@example.org", Actors.AdminEmail], letters.Select(one => one.To).Order(StringComparer.Ordinal));
        Assert.All(letters, one => Assert.Contains("Only 1 % of the disk of /data are free.", one.Body, StringComparison.Ordinal));
        var (signature, body) = Assert.Single(Sink.Taken);
        var told = JsonNode.Parse(body);
        Assert.Equal(("alert", "failing", "disk", "disk.very_low"), (Text(told, "kind"), Text(told, "state"), Text(told, "check"), Text(told, "code")));
        var seconds = signature.Split(',')[0][2..];
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(Text(hook, "secret")), (byte[])[.. Encoding.UTF8.GetBytes($"{seconds}."), .. body]);
        Assert.Equal($"t={seconds},v1={Convert.ToHexStringLower(mac)}", signature);

        var alert = Assert.Single(await OpenAsync());
        Assert.Equal(("disk", "failing", ""), (Text(alert, "check"), Text(alert, "state"), Text(alert, "acknowledgedAt")));
        using var known = await admin.SendAsync(HttpMethod.Post, $"/api/health/alerts/{alert["id"]}/acknowledgement", new { note = "a larger disk comes tomorrow" });
        Assert.Equal(204, (int)known.StatusCode);
        alert = Assert.Single(await OpenAsync());
        Assert.Equal("a larger disk comes tomorrow", Text(alert, "note"));
        var stored = await _server.QueryAsync<byte[]>("select note from health.alerts");
        Assert.Equal(-1, stored.AsSpan().IndexOf("larger"u8));

        // Known: nothing for six days, though it fails.
        for (var day = 0; day < 6; day++)
        {
            _server.Clock.Advance(TimeSpan.FromDays(1));
            await RoundsAsync(1);
        }

        await CarryAsync();
        Assert.Equal((2, 1), (Told.Count, Sink.Taken.Count));

        _probe.Seen = CheckOutcome.Ok("disk.ok", ("percent", 60), ("path", "/data"));
        await RoundsAsync(25);
        await CarryAsync();
        Assert.Empty(await OpenAsync());
        Assert.Equal(4, Told.Count);
        Assert.Equal("recovered", Text(JsonNode.Parse(Sink.Taken.Last().Body), "state"));
        admin = await _server.OrganisationAdminAsync();
        var closed = Assert.Single(Items(await admin.GetAsync("/api/health/alerts"), "closed"));
        Assert.Equal("disk.very_low", Text(closed, "code"));
        var kinds = Items(await admin.GetAsync($"/api/health/events?alert={closed["id"]}"), "items").Select(one => Text(one, "kind"));
        Assert.Equal(["closed", "opened"], kinds);
        using var late = await admin.SendAsync(HttpMethod.Post, $"/api/health/alerts/{closed["id"]}/acknowledgement", new { note = "" });
        await late.ShouldBeProblemAsync(409, "alert.closed");
    }

    [Fact]
    public async Task Without_a_database_alerts_go_out_all_the_same_and_are_written_down_later()
    {
        var admin = await _server.OrganisationAdminAsync();
        await admin.PostAsync("/api/health/recipients", new { kind = "webhook", address = $"{Sink.Address}hook" });
        await RoundsAsync(1);
        _database.Seen = CheckOutcome.Failing("database.unreachable", ("failure", "57P01"));
        _probe.Seen = CheckOutcome.Failing("disk.full", ("path", "/data"), ("bytes", 0), ("percent", 0));

        await RoundsAsync(4);

        Assert.Equal(2, Sink.Taken.Count);
        Assert.Equal(2, Told.Count);
        Assert.Empty(await OpenAsync());

        _database.Seen = CheckOutcome.Ok("database.ok");
        await RoundsAsync(1);
        await CarryAsync();
        Assert.Equal(["database", "disk"], (await OpenAsync()).Select(one => Text(one, "check")).Order(StringComparer.Ordinal));
        Assert.Equal(2, Sink.Taken.Count);
        Assert.True(await _server.QueryAsync<bool>("select bool_and(is_believed_failing) from health.alerts"));
    }

    [Fact]
    public async Task Whom_an_alert_did_not_reach_without_a_database_is_told_when_it_is_back()
    {
        var admin = await _server.OrganisationAdminAsync();
        await admin.PostAsync("/api/health/recipients", new { kind = "webhook", address = $"{Sink.Address}hook" });
        await admin.PostAsync("/api/health/recipients", new { kind = "webhook", address = $"{Sink.Address}moved" });
        await RoundsAsync(1);
        _database.Seen = CheckOutcome.Failing("database.unreachable", ("failure", "57P01"));

        // Tried again after five minutes: those who know are told nothing twice.
        await RoundsAsync(14);
        Assert.Equal((1, 1), (Sink.Taken.Count, Told.Count));

        _database.Seen = CheckOutcome.Ok("database.ok");
        await RoundsAsync(1);
        await CarryAsync();
        Assert.Equal((1, 1), (Sink.Taken.Count, Told.Count));
        Assert.Equal(1, await _server.QueryAsync<long>("select count(*) from health.deliveries where recipient_id = (select max(id) from health.recipients)"));
        Assert.Equal(1, await _server.QueryAsync<long>("select count(*) from health.deliveries"));
    }

    [Fact]
    public async Task Alerts_of_a_machine_that_is_gone_are_closed_after_a_day()
    {
        await _server.QueryAsync<long>("""
            insert into health.alerts (machine, check_name, state, worst, code, words, opened_at, changed_at)
            values ('gone', 'disk', 'failing', 'failing', 'disk.full', '{}', @now, @now) returning id
            """, new { now = _server.Clock.GetUtcNow() });
        await _server.QueryAsync<long>("with seen as (insert into health.machines values ('gone', @now) returning 1) select count(*) from seen", new { now = _server.Clock.GetUtcNow() });
        await RoundsAsync(1);
        Assert.Single(await OpenAsync());

        _server.Clock.Advance(TimeSpan.FromHours(25));
        await RoundsAsync(1);

        Assert.Empty(await OpenAsync());
        Assert.Equal("check.unseen", await _server.QueryAsync<string>("select code from health.events order by id desc limit 1"));
    }

    [Fact]
    public async Task A_webhook_that_takes_nothing_is_tried_again_and_shown()
    {
        var admin = await _server.OrganisationAdminAsync();
        await admin.PostAsync("/api/health/recipients", new { kind = "webhook", address = $"{Sink.Address}hook" });
        Sink.Status = 500;
        using (var sent = await admin.SendAsync(HttpMethod.Post, "/api/health/alerts/test"))
        {
            Assert.Equal(204, (int)sent.StatusCode);
        }

        // It goes to everybody: not again within a minute.
        using (var again = await admin.SendAsync(HttpMethod.Post, "/api/health/alerts/test"))
        {
            await again.ShouldBeProblemAsync(429, "alert.test_too_soon");
        }

        await CarryAsync();
        var recipient = Assert.Single(Items(await admin.GetAsync("/api/health/recipients"), "items"));
        Assert.Equal(("status 500", 1), (Text(recipient, "lastError"), (int?)recipient["waiting"]));
        Sink.Status = 200;
        _server.Clock.Advance(TimeSpan.FromMinutes(1));
        await CarryAsync();
        recipient = Assert.Single(Items(await admin.GetAsync("/api/health/recipients"), "items"));
        Assert.Equal(("", 0), (Text(recipient, "lastError"), (int?)recipient["waiting"]));
        Assert.Equal("test", Text(JsonNode.Parse(Sink.Taken.Last().Body), "state"));
        Assert.Contains(Actors.AdminEmail, Told.Select(one => one.To));
        var stored = await _server.QueryAsync<byte[]>("select content from health.recipients");
        Assert.Equal(-1, stored.AsSpan().IndexOf("/hook"u8));
    }

    [Fact]
    public async Task Only_operators_see_how_the_server_stands_and_anybody_learns_one_word()
    {
        _probe.Seen = CheckOutcome.Failing("disk.full", ("path", "/secret-path"), ("bytes", 0), ("percent", 0));
        await RoundsAsync(1);

        using var client = _server.CreateClient();
        using var ready = await client.GetAsync(new Uri("/health/ready", UriKind.Relative), Token);
        Assert.Equal((503, """{"status":"no_room"}"""), ((int)ready.StatusCode, await ready.Content.ReadAsStringAsync(Token)));
        Assert.Equal(0, _server.Services.GetRequiredService<AnswerCounts>().OfLastMinutes().Faults);
        using var live = await client.GetAsync(new Uri("/health/live", UriKind.Relative), Token);
        Assert.Equal(200, (int)live.StatusCode);
        _probe.Seen = CheckOutcome.Ok("disk.ok");
        await RoundsAsync(1);
        using var again = await client.GetAsync(new Uri("/health/ready", UriKind.Relative), Token);
        Assert.Equal(200, (int)again.StatusCode);

        var person = await _server.SignedInAsync("", 0);
        foreach (var path in new[] { "/api/health/checks", "/api/health/alerts", "/api/health/events", "/api/health/recipients" })
        {
            using var denied = await person.SendAsync(HttpMethod.Get, path);
            await denied.ShouldBeProblemAsync(403, "access.denied");
        }

        var admin = await _server.OrganisationAdminAsync();
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
        _probe.Seen = CheckOutcome.Failing("disk.full");
        await RoundsAsync(1);
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

    [Fact]
    public async Task A_check_that_hangs_or_breaks_is_failing_and_keeps_no_other_from_being_looked_at()
    {
        var (hanging, broken, sound) = (new Probe("hangs"), new Probe("breaks"), new Probe("sound"));
        using var end = new ManualResetEventSlim();

        // As a call to a disk does that hangs: it waits, and gives no task.
        hanging.Act = () =>
        {
            end.Wait(Token);
            return Task.CompletedTask;
        };
        broken.Act = () => throw new InvalidOperationException("an answer of somebody");
        var told = new ToldLines();
        var look = new LookAtChecks([hanging, broken, sound], _server.Clock, told) { Limit = TimeSpan.FromSeconds(4) };

        var seen = (await look.LookAllAsync(Token)).ToDictionary(one => one.Name, one => one.Outcome.Code, StringComparer.Ordinal);
        Assert.Equal(("check.hangs", "check.failed", "disk.ok"), (seen["hangs"], seen["breaks"], seen["sound"]));
        Assert.DoesNotContain("somebody", string.Join(' ', look.Seen.SelectMany(one => one.Outcome.Words.Values)), StringComparison.Ordinal);

        // Not asked again beside itself.
        await look.LookAllAsync(Token);
        Assert.Equal((1, 2), (hanging.Looks, sound.Looks));
        end.Set();

        // How a check failed is told once, with the place and without what it said.
        Assert.Contains("InvalidOperationException", Assert.Single(told.Lines), StringComparison.Ordinal);
        Assert.DoesNotContain("somebody", told.Lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_nobody_looks_any_more_all_is_failing()
    {
        var look = new LookAtChecks([_probe], _server.Clock, new ToldLines());
        await look.LookAllAsync(Token);
        Assert.Equal((false, "disk.ok"), (look.IsStale, look.Seen[0].Outcome.Code));

        _server.Clock.Advance(TimeSpan.FromMinutes(3));

        Assert.True(look.IsStale);
        Assert.Equal((CheckState.Failing, "check.stale"), (look.Seen[0].Outcome.State, look.Seen[0].Outcome.Code));
    }

    [Fact]
    public async Task Without_a_mail_server_a_letter_reaches_nobody_and_what_the_journal_set_aside_is_failing()
    {
        var plain = new TestServer(cluster);
        await using (plain)
        {
            await plain.InitializeAsync();
            await plain.OrganisationAdminAsync();
            var tell = plain.Services.GetRequiredService<TellAlerts>();
            await tell.RememberAsync(Token);
            var reached = new HashSet<string>(StringComparer.Ordinal);
            Assert.False(await tell.SendNowAsync(new AlertTelling(TellingKind.Failing, "disk", CheckOutcome.Failing("disk.full"), plain.Clock.GetUtcNow()), reached, Token));
            Assert.Empty(reached);

            var journal = plain.Services.GetServices<ICheck>().Single(one => one.Name == "journal");
            Assert.Equal("journal.ok", (await journal.LookAsync(Token)).Code);
            var opened = plain.Services.GetRequiredService<OpenedIntake>().Journal ?? throw new InvalidOperationException("The journal is closed.");
            await opened.AppendAsync(Guid.CreateVersion7(), "no record"u8.ToArray(), Token);
            await Sealing.UntilAsync(() => Task.FromResult(opened.State.Quarantined > 0));
            var seen = await journal.LookAsync(Token);
            Assert.Equal((CheckState.Failing, "journal.set_aside", "1"), (seen.State, seen.Code, seen.Words["count"]));
        }
    }

    [Fact]
    public async Task The_checks_of_a_server_all_give_an_answer()
    {
        var plain = new TestServer(cluster);
        await using (plain)
        {
            await plain.InitializeAsync();
            var seen = await plain.Services.GetRequiredService<LookAtChecks>().LookAllAsync(Token);

            Assert.Equal(14, seen.Count);
            Assert.All(seen, one => Assert.True(one.Outcome.Code is not ("check.failed" or "check.hangs"), $"{one.Name} {one.Outcome.Code} {string.Join(' ', one.Outcome.Words)}"));
            Assert.Equal(("database.ok", "backup.none", "certificate.elsewhere", "clock.ok"), (CodeOf("database"), CodeOf("backup"), CodeOf("certificate"), CodeOf("clock")));
            plain.Clock.Advance(TimeSpan.FromHours(1));
            // What a server keeps below its data directory is gone with that.
            var settings = plain.Services.GetRequiredService<ServerSettings>();
            var near = Path.Combine(settings.DataDirectory, "backups");
            Directory.CreateDirectory(Path.Combine(near, "backups", $"{plain.Clock.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}-00000000"));
            settings.Keyring.CopyTo(KeyringTargets.KeyringPathsIn(near));
            KeyringTargets.Add(KeyringFiles.Below(settings.DataDirectory).KeyringPaths, near);
            seen = await plain.Services.GetRequiredService<LookAtChecks>().LookAllAsync(Token);
            Assert.Equal(("clock.apart", "backup.same_disk"), (CodeOf("clock"), CodeOf("backup")));

            string CodeOf(string name) => seen.Single(one => one.Name == name).Outcome.Code;
        }
    }

    private static bool IsLoop<T>(ServiceDescriptor part) =>
        part.ServiceType == typeof(IHostedService) && part.ImplementationFactory?.Method.ReturnType == typeof(T);

    private static string Text(JsonNode? node, string member) => node?[member]?.ToString() ?? "";

    private static IReadOnlyList<JsonNode> Items(JsonNode? page, string member) => [.. page?[member]?.AsArray().OfType<JsonNode>() ?? []];

    // Half a minute apart, as the server's own.
    private async Task RoundsAsync(int count)
    {
        for (var round = 0; round < count; round++)
        {
            await _server.Services.GetRequiredService<WatchChecks>().RunAsync(Token);
            _server.Clock.Advance(TimeSpan.FromSeconds(30));
        }
    }

    private async Task CarryAsync()
    {
        await _server.Services.GetRequiredService<SendMail>().RunAsync(Token);
        await _server.Services.GetRequiredService<CarryAlerts>().SendDueAsync(Token);
    }

    private async Task<IReadOnlyList<JsonNode>> ChecksAsync() => Items(await (await _server.OrganisationAdminAsync()).GetAsync("/api/health/checks"), "items");

    private async Task<IReadOnlyList<JsonNode>> OpenAsync() => Items(await (await _server.OrganisationAdminAsync()).GetAsync("/api/health/alerts"), "open");

    private sealed class ToldLines : ILogger<LookAtChecks>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }

    /// <summary>A check that sees what it is told to.</summary>
    private sealed class Probe(string name) : ICheck
    {
        public string Name => name;

        public CheckOutcome Seen { get; set; } = CheckOutcome.Ok("disk.ok");

        public Func<Task> Act { get; set; } = () => Task.CompletedTask;

        public int Looks { get; private set; }

        public async Task<CheckOutcome> LookAsync(CancellationToken cancellationToken)
        {
            Looks++;
            await Act();
            return Seen;
        }
    }
}
