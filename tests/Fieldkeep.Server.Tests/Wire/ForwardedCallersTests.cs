using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;
using IPNetwork = System.Net.IPNetwork;

namespace Fieldkeep.Server.Tests.Wire;

/// <summary>Who is believed about a caller: our proxies are 127.0.5.0/28.</summary>
public sealed class ForwardedCallersTests(TestCluster cluster) : IAsyncLifetime
{
    private const string Proxy = "127.0.5.1";
    private const string Stranger = "127.0.6.1";

    private readonly TestServer _server = new(cluster)
    {
        Configure = settings => settings with { TrustedProxies = [IPNetwork.Parse("127.0.5.0/28")] },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task The_caller_is_the_rightmost_address_that_is_no_proxy_of_ours()
    {
        var (email, _) = await _server.PersonAsync();

        Assert.Equal("203.0.113.9", await AddressOfAsync(email, Proxy, "203.0.113.9"));
        Assert.Equal("203.0.113.9", await AddressOfAsync(email, Proxy, "198.51.100.1, 203.0.113.9"));
        Assert.Equal("203.0.113.9", await AddressOfAsync(email, Proxy, "203.0.113.9, 127.0.5.2"));
        Assert.Equal("203.0.113.9", await AddressOfAsync(email, Proxy, "203.0.113.9:4711"));
        Assert.Equal("2001:db8::7", await AddressOfAsync(email, Proxy, "[2001:db8::7]:4711"));
        Assert.Equal(Proxy, await AddressOfAsync(email, Proxy, "nobody"));
        Assert.Equal(Proxy, await AddressOfAsync(email, Proxy, null));
        Assert.Equal(Stranger, await AddressOfAsync(email, Stranger, "203.0.113.9"));
    }

    [Fact]
    public async Task Forged_addresses_give_no_further_guesses()
    {
        var (email, _) = await _server.PersonAsync();
        for (var guess = 0; guess < 5; guess++)
        {
            using var refused = await SignInAsync(email, "wrong", Proxy, $"198.51.100.{guess}, 203.0.113.20");
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        using var stopped = await SignInAsync(email, "wrong", Proxy, "198.51.100.99, 203.0.113.20");
        using var another = await SignInAsync(email, Some.Password, Proxy, "203.0.113.21");

        Assert.Equal(HttpStatusCode.TooManyRequests, stopped.StatusCode);
        Assert.Equal(HttpStatusCode.OK, another.StatusCode);
    }

    [Fact]
    public async Task Links_have_the_address_that_a_proxy_of_ours_names_and_no_other()
    {
        var admin = await _server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Village.Form());
        var (_, token) = await admin.AppUserAsync(project);

        Assert.Contains("https://data.example.org/v1/key/", await ListAsync(Proxy), StringComparison.Ordinal);
        Assert.DoesNotContain("data.example.org", await ListAsync(Stranger), StringComparison.Ordinal);

        async Task<string> ListAsync(string from)
        {
            var client = _server.CreateClient(from);
            client.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.9");
            client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
            client.DefaultRequestHeaders.Add("X-Forwarded-Host", "data.example.org");
            return await client.GetStringAsync($"/v1/key/{token}/projects/{project}/formList", Token);
        }
    }

    [Fact]
    public async Task A_password_that_came_over_plain_HTTP_to_the_proxy_is_refused()
    {
        var (email, _) = await _server.PersonAsync();
        var script = Script.WithPassword(_server.CreateClient(Proxy), email, Some.Password);
        using var plain = await script.SendAsync(
            HttpMethod.Get, "/v1/users/current", null, ("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-Proto", "http"));
        using var secure = await script.SendAsync(
            HttpMethod.Get, "/v1/users/current", null, ("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Proto", "https"));

        await plain.ShouldBeCentralProblemAsync(401, 401.3m);
        Assert.Equal(HttpStatusCode.OK, secure.StatusCode);
    }

    [Theory]
    [InlineData("127.0.0.1", "X-Forwarded-For")]
    [InlineData(Proxy, "X-Forwarded-For")]
    [InlineData("127.0.0.1", "X-Forwarded-Proto")]
    [InlineData("127.0.0.1", "X-Forwarded-Host")]
    [InlineData("127.0.0.1", "Forwarded")]
    [InlineData("127.0.0.1", "Via")]
    [InlineData("127.0.0.1", "X-Real-IP")]
    public async Task Behind_any_proxy_the_first_set_up_asks_for_the_code(string from, string header)
    {
        var client = _server.CreateClient(from);
        client.DefaultRequestHeaders.TryAddWithoutValidation(header, "127.0.0.1");
        var state = await client.GetFromJsonAsync<JsonNode>("/api/setup", Token);
        using var refused = await client.PostAsJsonAsync(
            "/api/setup",
            new { organisation = "Plum Relief", name = "Someone", email = "someone@example.org", password = Some.Password },
            Token);

        Assert.Equal("""{"needed":true,"codeNeeded":true}""", state?.ToJsonString());
        await refused.ShouldBeProblemAsync(403, "setup.code_refused");
    }

    private async Task<string?> AddressOfAsync(string email, string from, string? forwarded)
    {
        using var response = await SignInAsync(email, Some.Password, from, forwarded);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var browser = new Browser(_server.CreateClient())
        {
            Cookie = response.Headers.GetValues("Set-Cookie")
                .Single(cookie => cookie.StartsWith("__Host-session=", StringComparison.Ordinal))
                .Split(';')[0]["__Host-session=".Length..],
        };
        var log = await browser.GetAsync("/api/account/access-log?topic=signIns&limit=10");
        return log["items"]?.AsArray().First(line => line?["kind"]?.GetValue<string>() == "sign_in")?["address"]?.GetValue<string>();
    }

    private async Task<HttpResponseMessage> SignInAsync(string email, string password, string from, string? forwarded)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/session") { Content = JsonContent.Create(new { email, password }) };
        if (forwarded is not null)
        {
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", forwarded);
            request.Headers.Add("X-Forwarded-Proto", "https");
        }

        return await _server.CreateClient(from).SendAsync(request, Token);
    }
}
