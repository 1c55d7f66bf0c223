using System.Net;
using System.Net.Http.Json;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire;

/// <summary>Measure X3 at the doors that need a server of their own: the set-up code, and the passphrase of an encrypted project.</summary>
public sealed class WrongCodesTests(TestCluster cluster) : IAsyncLifetime
{
    private const int Budget = 10;

    private readonly TestServer _server = new(cluster);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_thousand_wrong_set_up_codes_get_ten_looks_and_then_the_right_one_waits_too()
    {
        var client = _server.CreateClient(isPlain: true, isHeld: false);
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.5");
        var answers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(number => SetUpAsync($"WRONG-{number}")));

        Assert.InRange(answers.Count(status => status == HttpStatusCode.Forbidden), 1, Budget);
        Assert.All(answers, status => Assert.True(status is HttpStatusCode.Forbidden or HttpStatusCode.TooManyRequests));
        Assert.Equal(HttpStatusCode.TooManyRequests, await SetUpAsync(TestServer.SetupCode));

        async Task<HttpStatusCode> SetUpAsync(string setupCode)
        {
            using var response = await client.PostAsJsonAsync(
                "/api/setup",
                new { organisation = "Plum Relief", name = "Someone", email = "someone@example.org", password = Some.Password, setupCode },
                Token);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task A_thousand_wrong_passphrases_get_ten_looks_and_the_phone_goes_on()
    {
        var (admin, project, phone) = await _server.EncryptedVillageAsync();
        var key = await EncryptedVillage.EnableAsync(admin, project);
        var browser = new Browser(_server.CreateClient("127.0.9.100", isPlain: true, isHeld: false)) { Cookie = admin.Cookie, Csrf = admin.Csrf };
        var guesses = Enumerable.Range(0, 1000).Select(number => GuessAsync($"seven wet goats {number}")).ToList();
        await EncryptedVillage.SendEncryptedAsync(phone);
        var answers = await Task.WhenAll(guesses);

        Assert.InRange(answers.Count(status => status == HttpStatusCode.BadRequest), 1, Budget);
        Assert.All(answers, status => Assert.True(
            status is HttpStatusCode.BadRequest or HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable));

        async Task<HttpStatusCode> GuessAsync(string passphrase)
        {
            using var response = await browser.SendAsync(
                HttpMethod.Post,
                $"/api/projects/{project}/forms/village/exports",
                new { format = "json", passphrases = new Dictionary<string, string> { [$"{key}"] = passphrase } });
            return response.StatusCode;
        }
    }
}
