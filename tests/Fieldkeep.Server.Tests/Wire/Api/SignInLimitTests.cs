using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

public sealed class SignInLimitTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_five_wrong_passwords_even_the_right_one_is_refused_alike_until_time_passes()
    {
        var (email, _) = await server.PersonAsync();
        var client = server.CreateClient("127.0.2.1");
        for (var attempt = 0; attempt < 5; attempt++)
        {
            using var refused = await SignInAsync(client, email, "wrong-password");
            await refused.ShouldBeProblemAsync(401, "session.refused");
        }

        using var wrong = await SignInAsync(client, email, "wrong-password");
        using var right = await SignInAsync(client, email, Some.Password);

        await wrong.ShouldBeProblemAsync(429, "session.too_many_attempts");
        await right.ShouldBeProblemAsync(429, "session.too_many_attempts");
        Assert.InRange(right.Headers.RetryAfter?.Delta ?? TimeSpan.Zero, TimeSpan.FromMinutes(13), TimeSpan.FromMinutes(15));
        using var elsewhere = await SignInAsync(server.CreateClient("127.0.2.2"), email, Some.Password);
        Assert.Equal(HttpStatusCode.OK, elsewhere.StatusCode);
        server.Clock.Advance(TimeSpan.FromMinutes(15));
        using var later = await SignInAsync(client, email, Some.Password);
        Assert.Equal(HttpStatusCode.OK, later.StatusCode);
    }

    [Fact]
    public async Task Another_spelling_of_the_address_is_no_way_around_the_limit()
    {
        var client = server.CreateClient("127.0.2.3");
        string[] spellings = ["spelt@example.org", "SPELT@example.org", "ｓｐｅｌｔ@example.org", " spelt@example.org", "Spelt@EXAMPLE.org"];
        foreach (var spelling in spellings)
        {
            using var refused = await SignInAsync(client, spelling, "wrong-password");
            await refused.ShouldBeProblemAsync(401, "session.refused");
        }

        using var last = await SignInAsync(client, "sPELT@example.org", "wrong-password");
        await last.ShouldBeProblemAsync(429, "session.too_many_attempts");
    }

    [Fact]
    public async Task The_doors_of_central_and_basic_count_with_the_same_counters()
    {
        var (email, _) = await server.PersonAsync();
        var client = server.CreateClient("127.0.2.4");
        for (var attempt = 0; attempt < 2; attempt++)
        {
            using var v1 = await client.PostAsJsonAsync("/v1/sessions", new { email, password = "wrong" }, Token);
            await v1.ShouldBeCentralProblemAsync(401, 401.2m);
            using var basic = await BasicAsync(client, email, "wrong");
            await basic.ShouldBeCentralProblemAsync(401, 401.2m);
        }

        using var fifth = await SignInAsync(client, email, "wrong");
        using var v1Locked = await client.PostAsJsonAsync("/v1/sessions", new { email, password = Some.Password }, Token);
        using var basicLocked = await BasicAsync(client, email, Some.Password);

        await fifth.ShouldBeProblemAsync(401, "session.refused");
        await v1Locked.ShouldBeCentralProblemAsync(429, 429.1m);
        await basicLocked.ShouldBeCentralProblemAsync(429, 429.1m);
        Assert.NotNull(basicLocked.Headers.RetryAfter);
    }

    [Fact]
    public async Task Guessing_app_users_is_stopped_while_a_true_phone_at_the_same_address_goes_on()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var (_, token) = await admin.AppUserAsync(project);
        var client = server.CreateClient("127.0.2.5");
        for (var guess = 0; guess < 100; guess++)
        {
            using var refused = await client.GetAsync($"/v1/key/guess{guess}/projects/{project}/formList", Token);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        using var stopped = await client.GetAsync($"/v1/key/guess/projects/{project}/formList", Token);
        using var phone = await client.GetAsync($"/v1/key/{token}/projects/{project}/formList", Token);

        Assert.Equal(HttpStatusCode.TooManyRequests, stopped.StatusCode);
        Assert.Equal("text/xml", stopped.Content.Headers.ContentType?.MediaType);
        Assert.Contains("<message nature=\"error\">", await stopped.Content.ReadAsStringAsync(Token));
        Assert.NotNull(stopped.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, phone.StatusCode);
    }

    [Fact]
    public async Task Guessing_bearer_tokens_is_stopped()
    {
        var client = server.CreateClient("127.0.2.6");
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "guess");
        for (var guess = 0; guess < 100; guess++)
        {
            using var refused = await client.GetAsync("/v1/users/current", Token);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        using var stopped = await client.GetAsync("/v1/users/current", Token);
        await stopped.ShouldBeCentralProblemAsync(429, 429.1m);
    }

    [Fact]
    public async Task A_forwarded_address_of_an_unknown_proxy_does_not_count()
    {
        var client = server.CreateClient("127.0.2.7");
        for (var attempt = 0; attempt < 5; attempt++)
        {
            using var refused = await SignInAsync(client, "forged@example.org", "wrong");
            await refused.ShouldBeProblemAsync(401, "session.refused");
        }

        client.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.9");
        using var stopped = await SignInAsync(client, "forged@example.org", "wrong");
        await stopped.ShouldBeProblemAsync(429, "session.too_many_attempts");
    }

    private static Task<HttpResponseMessage> SignInAsync(HttpClient client, string email, string password) =>
        client.PostAsJsonAsync("/api/session", new { email, password }, Token);

    private static async Task<HttpResponseMessage> BasicAsync(HttpClient client, string email, string password)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/users/current");
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{email}:{password}")));
        return await client.SendAsync(request, Token);
    }
}
