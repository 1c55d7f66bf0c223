using System.Net;
using System.Net.Http.Headers;
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
