using System.Text.Json.Nodes;
using Dapper;
using Fieldkeep.Server.Incidents;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace Fieldkeep.Server.Tests.Incidents;

/// <summary>Operators tell everybody what is the matter with the server; anybody may read it.</summary>
public sealed class IncidentsTests(TestCluster cluster) : IAsyncLifetime
{
    private static readonly string[] Unsorted = ["exports", "sending"];

    private readonly TestServer _server = new(cluster);

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => _server.InitializeAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task An_incident_is_told_from_its_beginning_to_what_was_learnt()
    {
        var admin = await _server.OrganisationAdminAsync();
        Assert.Equal("ok", Text(await StatusAsync(), "state"));

        var made = await admin.PostAsync("/api/incidents", Disk());

        var open = Assert.Single(Items(await StatusAsync(), "open"));
        Assert.Equal(("disturbed", "investigating", "Sending is slow"), (Text(await StatusAsync(), "state"), Text(open, "state"), Text(open, "title")));
        Assert.Equal("We look into it.", Text(Assert.Single(Items(open, "updates")), "text"));

        _server.Clock.Advance(TimeSpan.FromMinutes(30));
        var path = $"/api/incidents/{made["id"]}";
        using (var early = await admin.SendAsync(HttpMethod.Put, $"{path}/post-mortem", new { revision = 1, text = "A disk." }))
        {
            await early.ShouldBeProblemAsync(409, "incident.not_over");
        }

        var over = await admin.PostAsync($"{path}/updates", new { revision = 1, state = "over", text = "The disk is replaced." });
        Assert.Equal(_server.Clock.GetUtcNow(), DateTimeOffset.Parse(Text(over, "endsAt"), null), TimeSpan.FromMinutes(1));
        using var written = await admin.SendAsync(HttpMethod.Put, $"{path}/post-mortem", new { revision = 2, text = "A disk was worn.\r\nThere are two now." });
        Assert.Equal(200, (int)written.StatusCode);

        var status = await StatusAsync();
        Assert.Equal("ok", Text(status, "state"));
        Assert.Empty(Items(status, "open"));
        var past = Assert.Single(Items(status, "past"));
        Assert.Equal("A disk was worn.\nThere are two now.", Text(past, "postMortem"));
        Assert.Equal(["The disk is replaced.", "We look into it."], Items(past, "updates").Select(one => Text(one, "text")));

        _server.Clock.Advance(TimeSpan.FromDays(91));
        Assert.Empty(Items(await StatusAsync(), "past"));
        Assert.Equal(1, await _server.QueryAsync<int>("select count(*)::integer from incidents.incidents where post_mortem is not null"));
    }

    [Fact]
    public async Task What_is_planned_disturbs_nobody_before_it_begins()
    {
        var admin = await _server.OrganisationAdminAsync();
        var begins = _server.Clock.GetUtcNow() + TimeSpan.FromDays(2);

        var made = await admin.PostAsync(
            "/api/incidents",
            new { kind = "maintenance", title = "A larger disk", impact = "partly", parts = Unsorted, beginsAt = begins, endsAt = begins.AddHours(1), text = "An hour at most." });

        Assert.Equal(["sending", "exports"], Items(made, "parts").Select(one => one.GetValue<string>()));
        Assert.Equal(("ok", "planned"), (Text(await StatusAsync(), "state"), Text(Assert.Single(Items(await StatusAsync(), "open")), "state")));
        await admin.PostAsync($"/api/incidents/{made["id"]}/updates", new { revision = 1, state = "begun", text = "It begins." });
        Assert.Equal("maintenance", Text(await StatusAsync(), "state"));
        var again = await admin.PostAsync($"/api/incidents/{made["id"]}/updates", new { revision = 2, state = "over", text = "It was put off." });
        Assert.Equal(begins, DateTimeOffset.Parse(Text(again, "endsAt"), null), TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public async Task What_is_withdrawn_only_operators_see_and_it_can_be_shown_again()
    {
        var admin = await _server.OrganisationAdminAsync();
        var made = await admin.PostAsync("/api/incidents", Disk());
        var path = $"/api/incidents/{made["id"]}/withdrawal";

        using (var withdrawn = await admin.SendAsync(HttpMethod.Put, path, new { revision = 1, isWithdrawn = true }))
        {
            Assert.Equal(200, (int)withdrawn.StatusCode);
        }

        Assert.Empty(Items(await StatusAsync(), "open"));
        Assert.NotEqual("", Text(Assert.Single(Items(await admin.GetAsync("/api/incidents"), "items")), "withdrawnAt"));
        using var shown = await admin.SendAsync(HttpMethod.Put, path, new { revision = 2, isWithdrawn = false });
        Assert.Single(Items(await StatusAsync(), "open"));
    }

    [Fact]
    public async Task Of_two_who_change_one_incident_the_second_reads_it_again()
    {
        var admin = await _server.OrganisationAdminAsync();
        var made = await admin.PostAsync("/api/incidents", Disk());
        var path = $"/api/incidents/{made["id"]}";
        var facts = new { revision = 1, title = "Sending is very slow", impact = "partly", parts = Array.Empty<string>() };

        using var first = await admin.SendAsync(HttpMethod.Put, path, facts);
        using var second = await admin.SendAsync(HttpMethod.Post, $"{path}/updates", new { revision = 1, text = "Still." });

        Assert.Equal(200, (int)first.StatusCode);
        await second.ShouldBeProblemAsync(409, "incident.changed");
        Assert.Equal("Sending is very slow", Text(Assert.Single(Items(await StatusAsync(), "open")), "title"));
    }

    [Fact]
    public async Task What_is_not_in_order_is_refused()
    {
        var admin = await _server.OrganisationAdminAsync();
        foreach (var (kind, title, impact, part, state, text) in new (string?, string, string, string, string?, string)[]
        {
            ("outage", "Slow", "slower", "sending", null, "It is."),
            (null, "Slow", "slower", "sending", null, "It is."),
            ("incident", " ", "slower", "sending", null, "It is."),
            ("incident", "Two\nlines", "slower", "sending", null, "It is."),
            ("incident", new string('a', 201), "slower", "sending", null, "It is."),
            ("incident", "Slow", "terrible", "sending", null, "It is."),
            ("incident", "Slow", "slower", "coffee", null, "It is."),
            ("incident", "Slow", "slower", "sending", "planned", "It is."),
            ("incident", "Slow", "slower", "sending", null, ""),
            ("incident", "Slow", "slower", "sending", null, new string('a', 4001)),
            ("incident", "Slow", "slower", "sending", null, "a\0b"),
        })
        {
            using var refused = await admin.SendAsync(HttpMethod.Post, "/api/incidents", new { kind, title, impact, parts = new[] { part }, state, text });
            await refused.ShouldBeProblemAsync(422, "incident.invalid");
        }

        foreach (var query in (string[])["before=many", "before=0", "before=99999999999999999999", "limit=0", "limit=201", "limit=-1"])
        {
            using var refused = await admin.SendAsync(HttpMethod.Get, $"/api/incidents?{query}");
            await refused.ShouldBeProblemAsync(400, query is "limit=0" or "limit=201" or "limit=-1" ? "query.bad_limit" : "request.refused");
        }

        using var huge = await admin.SendAsync(HttpMethod.Post, "/api/incidents", new { kind = "incident", title = new string('a', 4 << 20) });
        Assert.Equal(413, (int)huge.StatusCode);
        using var nobody = await admin.SendAsync(HttpMethod.Put, "/api/incidents/999", new { revision = 1, title = "Slow", impact = "slower" });
        await nobody.ShouldBeProblemAsync(404, "incident.not_found");
        Assert.Empty(Items(await StatusAsync(), "open"));
    }

    [Fact]
    public async Task Twenty_are_open_at_most_whichever_way_they_came()
    {
        var admin = await _server.OrganisationAdminAsync();
        var over = await admin.PostAsync("/api/incidents", Disk());
        await admin.PostAsync($"/api/incidents/{over["id"]}/updates", new { revision = 1, state = "over", text = "It is over." });
        var hidden = await admin.PostAsync("/api/incidents", Disk());
        using (var withdrawn = await admin.SendAsync(HttpMethod.Put, $"/api/incidents/{hidden["id"]}/withdrawal", new { revision = 1, isWithdrawn = true }))
        {
            Assert.Equal(200, (int)withdrawn.StatusCode);
        }

        // All at once, so that those who come last have not seen each other.
        var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => admin.SendAsync(HttpMethod.Post, "/api/incidents", Disk())));
        Assert.Equal((20, 4), (answers.Count(one => (int)one.StatusCode == 201), answers.Count(one => (int)one.StatusCode == 409)));
        foreach (var answer in answers)
        {
            answer.Dispose();
        }

        using var again = await admin.SendAsync(HttpMethod.Post, $"/api/incidents/{over["id"]}/updates", new { revision = 2, state = "investigating", text = "It is back." });
        await again.ShouldBeProblemAsync(409, "incident.too_many");
        using var shown = await admin.SendAsync(HttpMethod.Put, $"/api/incidents/{hidden["id"]}/withdrawal", new { revision = 2, isWithdrawn = false });
        await shown.ShouldBeProblemAsync(409, "incident.too_many");
        Assert.Equal(20, Items(await StatusAsync(), "open").Count);
    }

    [Fact]
    public async Task After_two_hundred_updates_one_can_only_end()
    {
        var admin = await _server.OrganisationAdminAsync();
        var made = await admin.PostAsync("/api/incidents", Disk());
        await _server.QueryAsync<long>("""
            with told as (insert into incidents.updates (incident_id, state, text, at) select id, state, 'Still.', begins_at from incidents.incidents, generate_series(1, 199) returning 1)
            select count(*) from told
            """);
        var path = $"/api/incidents/{made["id"]}/updates";

        using (var refused = await admin.SendAsync(HttpMethod.Post, path, new { revision = 1, text = "Still." }))
        {
            await refused.ShouldBeProblemAsync(409, "incident.too_many");
        }

        await admin.PostAsync(path, new { revision = 1, state = "over", text = "It is over." });
        using var more = await admin.SendAsync(HttpMethod.Post, path, new { revision = 2, text = "Once more." });
        await more.ShouldBeProblemAsync(409, "incident.too_many");
    }

    [Fact]
    public async Task Without_a_database_the_status_says_so_with_what_was_told_before()
    {
        var admin = await _server.OrganisationAdminAsync();
        await admin.PostAsync("/api/incidents", Disk());
        await StatusAsync();
        await using (var gone = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_server.ConnectionString) { Database = "postgres", Pooling = false }.ConnectionString))
        {
            await gone.OpenAsync(TestContext.Current.CancellationToken);
            var name = new NpgsqlConnectionStringBuilder(_server.ConnectionString).Database;
            await using var shut = gone.CreateCommand();
#pragma warning disable CA2100 // The name is the test cluster's own.
            shut.CommandText = $"alter database \"{name}\" allow_connections false";
            await shut.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            shut.CommandText = $"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'";
#pragma warning restore CA2100
            await shut.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        _server.Clock.Advance(TimeSpan.FromSeconds(30));
        var status = await StatusAsync();

        Assert.Equal(("disturbed", "database_unreachable"), (Text(status, "state"), Text(status, "server")));
        var shown = Assert.Single(Items(status, "open"));
        Assert.Equal("Sending is slow", Text(shown, "title"));

        // Withdrawn at the moment when the database went: gone from memory, too.
        var withdrawn = new Incident(
            long.Parse(Text(shown, "id"), null), "incident", new IncidentFacts("", "none", [], default, null), "over", null, _server.Clock.GetUtcNow(), 2, []);
        _server.Services.GetRequiredService<ReadStatus>().Forget(withdrawn);
        Assert.Empty(Items(await StatusAsync(), "open"));
    }

    [Fact]
    public async Task Who_asks_while_another_server_tells_of_a_change_is_told_what_there_is()
    {
        var admin = await _server.OrganisationAdminAsync();
        Assert.Equal("ok", Text(await StatusAsync(), "state"));
        await using var connection = new NpgsqlConnection(_server.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await admin.PostAsync("/api/incidents", Disk());
        await using var held = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync("lock table incidents.incidents in access exclusive mode", transaction: held);
        _server.Services.GetRequiredService<ReadStatus>().Forget();

        var asked = StatusAsync();
        await _server.WaitingAsync("%incidents.incidents%");
        _server.Services.GetRequiredService<ReadStatus>().Forget();
        await held.CommitAsync(TestContext.Current.CancellationToken);

        Assert.Equal("disturbed", Text(await asked, "state"));
    }

    private static object Disk() =>
        new { kind = "incident", title = "Sending is slow", impact = "slower", parts = new[] { "sending" }, text = "We look into it." };

    private async Task<JsonNode> StatusAsync() => await new Browser(_server.CreateClient("127.0.71.1")).GetAsync("/api/status");

    private static string Text(JsonNode? node, string name) => node?[name]?.ToString() ?? "";

    private static IReadOnlyList<JsonNode> Items(JsonNode? node, string name) => [.. node?[name]?.AsArray().OfType<JsonNode>() ?? []];
}
