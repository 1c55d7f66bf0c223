using System.Net;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire;

/// <summary>Measure X3 at the one door that closes for good: that of set-up.</summary>
public sealed class WrongCodesTests(TestCluster cluster) : IAsyncLifetime
{
    /// <summary>The door, as docs/security/doors.md has it.</summary>
    internal const string Door = "set-up code";

    private const int Budget = 10;

    private readonly TestServer _server = new(cluster);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_thousand_wrong_set_up_codes_get_ten_looks_and_then_the_right_one_waits_too()
    {
        using var client = _server.CreateClient(isHeld: false);
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.5");
        var answers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(number => SetUpAsync($"WRONG-{number}")));

        Assert.InRange(answers.Count(status => status == HttpStatusCode.Forbidden), 1, Budget);
        Assert.All(answers, status => Assert.True(status is HttpStatusCode.Forbidden or HttpStatusCode.TooManyRequests));
        Assert.Equal(HttpStatusCode.TooManyRequests, await SetUpAsync(TestServer.SetupCode));

        async Task<HttpStatusCode> SetUpAsync(string setupCode)
        {
            using var request = Guesses.Post(
                "/api/setup",
                new { organisation = "Plum Relief", name = "Someone", email = "someone@example.org", password = Some.Password, setupCode });
            (request.Version, request.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
            using var response = await client.SendAsync(request, Token);
            return response.StatusCode;
        }
    }
}
