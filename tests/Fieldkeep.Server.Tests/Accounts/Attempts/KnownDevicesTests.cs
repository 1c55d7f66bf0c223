using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Attempts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Accounts.Attempts;

public sealed class KnownDevicesTests(TestServer server) : IClassFixture<TestServer>
{
    private readonly KnownDevices _devices = server.Services.GetRequiredService<KnownDevices>();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_device_is_known_for_the_accounts_that_signed_in_there_and_for_no_other()
    {
        var first = await _devices.VouchAsync(null, Session(1, "a@example.org"), Token);
        var both = await _devices.VouchAsync(first, Session(2, "B@example.org"), Token);

        Assert.NotNull(_devices.Find(both, "a@example.org"));
        Assert.Equal(_devices.Find(both, "a@example.org"), _devices.Find(both, "b@example.org"));
        Assert.True(_devices.IsKnown(both, new ActorId(1)));
        Assert.True(_devices.IsKnown(both, new ActorId(2)));
        Assert.Null(_devices.Find(first, "b@example.org"));
        Assert.False(_devices.IsKnown(both, new ActorId(3)));
    }

    [Fact]
    public async Task A_cookie_that_was_changed_vouches_for_nobody()
    {
        var cookie = await _devices.VouchAsync(null, Session(1, "a@example.org"), Token);
        var another = await _devices.VouchAsync(null, Session(2, "b@example.org"), Token);
        string[] forged =
        [
            cookie[..^1] + (cookie[^1] == 'A' ? 'B' : 'A'),
            (cookie[0] == 'A' ? 'B' : 'A') + cookie[1..],
            another[..43] + cookie[43..],
            cookie[..43],
            "",
            new string('.', 500),
            cookie + new string('x', 10_000),
        ];

        Assert.All(forged, one => Assert.Null(_devices.Find(one, "a@example.org")));
        Assert.Null(_devices.Find(null, "a@example.org"));
    }

    [Fact]
    public async Task A_device_that_stays_away_for_half_a_year_is_a_stranger()
    {
        await using var later = server.Beside();
        await later.InitializeAsync();
        var cookie = await _devices.VouchAsync(null, Session(1, "a@example.org"), Token);
        later.Clock.Advance(KnownDevices.Longest + TimeSpan.FromDays(1));

        Assert.Null(later.Services.GetRequiredService<KnownDevices>().Find(cookie, "a@example.org"));
        Assert.NotNull(_devices.Find(cookie, "a@example.org"));
    }

    [Fact]
    public async Task A_computer_of_many_keeps_the_five_who_came_last()
    {
        string? cookie = null;
        for (var person = 1; person <= 8; person++)
        {
            cookie = await _devices.VouchAsync(cookie, Session(person, $"{person}@example.org"), Token);
        }

        Assert.Null(_devices.Find(cookie, "3@example.org"));
        Assert.NotNull(_devices.Find(cookie, "4@example.org"));
        Assert.NotNull(_devices.Find(cookie, "8@example.org"));
    }

    private static Session Session(long account, string email) =>
        new(1, new ActorId(account), "Someone", email, true, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch);
}
