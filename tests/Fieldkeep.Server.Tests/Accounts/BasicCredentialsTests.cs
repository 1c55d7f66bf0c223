using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Accounts;

public sealed class BasicCredentialsTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Basic_signs_a_request_in_and_costs_a_hash_only_once_a_minute()
    {
        var (email, _) = await server.PersonAsync();
        var client = ClientOf(email, Some.Password, "127.0.6.1");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client));

        // A second hash would not match what is stored now; the password's age is what is looked at.
        await server.QueryAsync<int>(
            "update accounts.accounts set password_hash = 'gone' where email = @email returning 1", new { email });
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client));
        server.Clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client));
    }

    [Fact]
    public async Task A_changed_password_ends_basic_and_sessions_on_the_next_request()
    {
        var (email, id) = await server.PersonAsync();
        var client = ClientOf(email, Some.Password, "127.0.6.2");
        var browser = new Browser(server.CreateClient());
        await browser.SignInAsync(email, Some.Password);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client));

        await server.Services.GetRequiredService<ChangePassword>()
            .RunAsync(Actor.System(Door.CommandLine), id, Some.OtherPassword, Token);
        using var session = await browser.SendAsync(HttpMethod.Get, "/api/session");

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client));
        Assert.Equal(HttpStatusCode.Unauthorized, session.StatusCode);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(ClientOf(email, Some.OtherPassword, "127.0.6.2")));
    }

    [Fact]
    public async Task A_password_known_to_be_right_elsewhere_does_not_pass_during_a_lock()
    {
        var (email, _) = await server.PersonAsync();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(ClientOf(email, Some.Password, "127.0.6.3")));
        var guesser = ClientOf(email, "wrong", "127.0.6.4");
        for (var guess = 0; guess < 5; guess++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(guesser));
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(ClientOf(email, Some.Password, "127.0.6.4")));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(ClientOf(email, Some.Password, "127.0.6.3")));
    }

    [Fact]
    public async Task A_neighbour_behind_the_same_address_does_not_stop_a_phone_and_learns_no_more_than_a_hundred_guesses()
    {
        var (email, _) = await server.PersonAsync();
        var phone = ClientOf(email, Some.Password, "127.0.6.8");
        var neighbour = ClientOf(email, "wrong", "127.0.6.8");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(phone));
        for (var guess = 0; guess < 5; guess++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(neighbour));
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(neighbour));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(phone));
        server.Clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(phone));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(ClientOf($" {email.ToUpperInvariant()}", Some.Password, "127.0.6.8")));

        // Whose right guess passes while wrong ones are refused must not go on guessing for ever.
        for (var guess = 1; guess < 100; guess++)
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(neighbour));
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(phone));
        server.Clock.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(phone));
    }

    [Fact]
    public void One_account_that_comes_from_everywhere_makes_the_server_forget_no_other()
    {
        var remembered = new RememberedPasswords();
        remembered.Keep("mine", Of(1));
        for (var place = 0; place < 2000; place++)
        {
            remembered.Keep($"place {place}", Of(2));
        }

        Assert.NotNull(remembered.Find("mine"));
        Assert.NotNull(remembered.Find("place 1999"));
        Assert.Null(remembered.Find("place 0"));
        for (var account = 3; account < 10_003; account++)
        {
            remembered.Keep($"account {account}", Of(account));
        }

        Assert.Null(remembered.Find("mine"));
        Assert.NotNull(remembered.Find("account 10002"));

        static Remembered Of(long id) =>
            new(new Account(new ActorId(id), "a@example.org", "A", DateTimeOffset.UnixEpoch, null), id, Life: 0);
    }

    [Theory]
    [InlineData("Basic")]
    [InlineData("Basic !!!")]
    [InlineData("Basic bm9jb2xvbg==")]
    [InlineData("Bearer")]
    public async Task Credentials_that_are_none_are_refused(string authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/users/current");
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        using var response = await server.CreateClient("127.0.6.5").SendAsync(request, Token);

        Assert.InRange((int)response.StatusCode, 400, 404);
    }

    [Fact]
    public async Task A_phone_without_credentials_is_asked_for_them_over_tls_only()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        using var secure = await server.CreateClient().GetAsync($"/v1/projects/{project}/formList", Token);
        using var plain = await server.CreateClient(isPlain: true).GetAsync($"/v1/projects/{project}/formList", Token);

        Assert.Equal(HttpStatusCode.Unauthorized, secure.StatusCode);
        Assert.Equal("Basic", Assert.Single(secure.Headers.WwwAuthenticate).Scheme);
        Assert.Equal(HttpStatusCode.Unauthorized, plain.StatusCode);
        Assert.Empty(plain.Headers.WwwAuthenticate);
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    [InlineData("Origin", "https://elsewhere.example.org")]
    [InlineData("Origin", "null")]
    public async Task A_password_that_a_browser_keeps_changes_nothing_for_another_sites_page(string header, string value)
    {
        var (email, id) = await server.PersonAsync();
        var client = ClientOf(email, "not looked at", "127.0.6.7");

        using var refused = await SendAsync(client, HttpMethod.Delete, "/v1/sessions/current", header, value);
        using var reading = await SendAsync(client, HttpMethod.Get, "/v1/users/current", header, value);

        await refused.ShouldBeCentralProblemAsync(403, 403.1m);
        Assert.Contains("Another site", await refused.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, reading.StatusCode);
        Assert.NotEqual(0, id.Value);
    }

    [Fact]
    public async Task Our_own_pages_and_programs_change_with_a_password()
    {
        var (email, id) = await server.PersonAsync();
        var client = ClientOf(email, Some.Password, "127.0.6.8");
        foreach (var (header, value) in new[]
        {
            ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "none"), ("Origin", server.Address.GetLeftPart(UriPartial.Authority)), ("X-Program", "1"),
        })
        {
            using var changed = await SendAsync(client, HttpMethod.Patch, $"/v1/users/{id}", header, value);
            Assert.True(changed.StatusCode == HttpStatusCode.OK, $"{header}: {value} was answered {changed.StatusCode}");
        }
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpMethod method, string path, string header, string value)
    {
        using var request = new HttpRequestMessage(method, path) { Headers = { { header, value } } };
        request.Content = method == HttpMethod.Patch ? JsonContent.Create(new { displayName = "Renamed" }) : null;
        return await client.SendAsync(request, Token);
    }

    private HttpClient ClientOf(string email, string password, string from)
    {
        var client = server.CreateClient(from);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{email}:{password}")));
        return client;
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client)
    {
        using var response = await client.GetAsync("/v1/users/current", Token);
        return response.StatusCode;
    }
}
