using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Accounts.AccessLog;

public sealed class AgeAccessLogTests(TestCluster cluster) : IAsyncLifetime
{
    private readonly TestServer _server = new(cluster)
    {
        // Other than the usual 30 and 365, so that it is the settings that count.
        Configure = settings => settings with { AddressesFor = TimeSpan.FromDays(10), PseudonymsFor = TimeSpan.FromDays(100) },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Addresses_go_and_later_pseudonyms_after_the_days_of_the_settings_and_what_was_done_stays()
    {
        var (email, _) = await _server.PersonAsync();
        await SignInAsync(email);
        using (await _server.CreateClient("127.0.22.2").GetAsync("/v1/key/gone/projects/1/formList", Token))
        {
            // A token that nobody has.
        }

        await _server.Services.GetRequiredService<AccessBook>().FlushAsync(Token);
        _server.Clock.Advance(TimeSpan.FromDays(9));
        await AgeAsync();
        Assert.Equal(3, await CountAsync("address is not null and pseudonym is not null"));

        _server.Clock.Advance(TimeSpan.FromDays(2));
        await SignInAsync(email);
        await _server.Services.GetRequiredService<AccessBook>().FlushAsync(Token);
        await AgeAsync();
        Assert.Equal(3, await CountAsync("address is null and pseudonym is not null"));
        Assert.Equal(2, await CountAsync("address is not null"));

        _server.Clock.Advance(TimeSpan.FromDays(95));
        await AgeAsync();
        Assert.Equal(2, await CountAsync("pseudonym is null and browser is null and kind in ('sign_in', 'device.new')"));
        Assert.Equal(2, await CountAsync("pseudonym is not null"));
        Assert.Equal(0, await CountAsync("actor_id is null"));
        Assert.Equal(0, await _server.QueryAsync<long>(
            "select count(*) from audit.events where caller is not null and at < @until",
            new { until = _server.Clock.GetUtcNow().AddDays(-100) }));
        Assert.NotEqual(0, await _server.QueryAsync<long>("select count(*) from audit.events where caller is not null"));
    }

    private Task AgeAsync() => _server.Services.GetRequiredService<AgeAccessLog>().RunAsync(Token);

    private Task<long> CountAsync(string what) =>
        _server.QueryAsync<long>($"select count(*) from accounts.access_events where {what}");

    private async Task SignInAsync(string email)
    {
        var client = _server.CreateClient("127.0.22.1");
        client.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", "curl/8.14.1");
        await new Browser(client).SignInAsync(email, Some.Password);
    }
}
