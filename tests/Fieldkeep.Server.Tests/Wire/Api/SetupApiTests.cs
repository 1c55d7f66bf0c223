using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

public sealed class SetupApiTests(TestCluster cluster) : IAsyncLifetime
{
    private readonly TestServer _server = new(cluster);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_new_server_is_set_up_once_and_signs_its_administrator_in()
    {
        var browser = new Browser(_server.CreateClient());
        var before = await browser.GetAsync("/api/setup");
        var done = await browser.PostAsync("/api/setup", Answers());
        browser.Keep(done["session"]!); // a set-up gives a session
        var after = await browser.GetAsync("/api/setup");
        var project = await browser.ProjectAsync();
        using var stored = await browser.SendAsync(HttpMethod.Post, "/api/setup/recovery-key-stored");
        using var again = await browser.SendAsync(HttpMethod.Post, "/api/setup", Answers());

        Assert.Equal("""{"needed":true,"codeNeeded":false}""", before.ToJsonString());
        Assert.Equal("""{"needed":false,"codeNeeded":false}""", after.ToJsonString());
        Assert.Matches("^([0-9A-Z]{4}-){13}[0-9A-Z]{4}$", done["recoveryKey"]?.GetValue<string>());
        Assert.Equal("Plum Relief", done["session"]?["organisation"]?["name"]?.GetValue<string>());
        Assert.NotEqual(0, project);
        Assert.Equal(HttpStatusCode.NoContent, stored.StatusCode);
        await again.ShouldBeProblemAsync(409, "setup.done");
    }

    [Fact]
    public async Task Of_many_set_ups_at_once_one_succeeds()
    {
        var client = _server.CreateClient();
        var responses = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ =>
            client.PostAsJsonAsync("/api/setup", Answers(), Token)));

        Assert.Single(responses, response => response.StatusCode == HttpStatusCode.Created);
        Assert.Equal(7, responses.Count(response => response.StatusCode == HttpStatusCode.Conflict));
        Assert.Equal(1, await _server.QueryAsync<long>("select count(*) from accounts.accounts"));
        Assert.Equal(1, await _server.QueryAsync<long>("select count(*) from organisations.organisations"));
    }

    [Fact]
    public async Task A_caller_from_elsewhere_needs_the_code_of_the_console()
    {
        // What a proxy on the same machine adds tells that the caller is not on it.
        var client = _server.CreateClient();
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.5");
        var state = await client.GetFromJsonAsync<JsonNode>("/api/setup", Token);
        using var without = await client.PostAsJsonAsync("/api/setup", Answers(), Token);
        using var wrong = await client.PostAsJsonAsync("/api/setup", Answers(code: "AAAAA-AAAAA"), Token);
        using var right = await client.PostAsJsonAsync("/api/setup", Answers(code: "abcde 23456"), Token);

        Assert.True(state?["codeNeeded"]?.GetValue<bool>());
        await without.ShouldBeProblemAsync(403, "setup.code_refused");
        await wrong.ShouldBeProblemAsync(403, "setup.code_refused");
        Assert.Equal(HttpStatusCode.Created, right.StatusCode);
    }

    [Fact]
    public async Task Guessing_the_code_is_stopped_and_the_right_one_refused_alike()
    {
        var client = _server.CreateClient("127.0.3.1");
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.5");
        for (var guess = 0; guess < 10; guess++)
        {
            using var refused = await client.PostAsJsonAsync("/api/setup", Answers(code: $"AAAAA-AAAA{guess}"), Token);
            await refused.ShouldBeProblemAsync(403, "setup.code_refused");
        }

        using var right = await client.PostAsJsonAsync("/api/setup", Answers(code: TestServer.SetupCode), Token);
        await right.ShouldBeProblemAsync(429, "session.too_many_attempts");
    }

    [Theory]
    [InlineData("plumrelief2026", "password.weak")]
    [InlineData("short", "password.weak")]
    public async Task A_weak_password_sets_nothing_up(string password, string code)
    {
        using var response = await _server.CreateClient().PostAsJsonAsync("/api/setup", Answers(password: password), Token);

        await response.ShouldBeProblemAsync(422, code);
        var body = await response.Content.ReadFromJsonAsync<JsonNode>(Token);
        Assert.NotEmpty(body?["feedback"]?.AsArray() ?? []);
        Assert.Equal(0, await _server.QueryAsync<long>("select count(*) from accounts.actors"));
    }

    [Fact]
    public async Task An_organisation_without_a_name_sets_nothing_up()
    {
        using var response = await _server.CreateClient().PostAsJsonAsync("/api/setup", Answers(organisation: " "), Token);

        await response.ShouldBeProblemAsync(422, "project.name_invalid");
        Assert.Equal(0, await _server.QueryAsync<long>("select count(*) from accounts.actors"));
    }

    private static object Answers(
        string organisation = "Plum Relief", string password = Some.Password, string? code = null) => new
        {
            organisation,
            name = "Amina Example",
            email = Actors.AdminEmail,
            password,
            sampleData = false,
            setupCode = code,
        };
}
