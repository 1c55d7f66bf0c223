using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Attempts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Accounts.Attempts;

public sealed class KnownDevicesTests(TestServer server) : IClassFixture<TestServer>
{
    private KnownDevices Devices => server.Services.GetRequiredService<KnownDevices>();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_device_is_known_for_the_accounts_that_signed_in_there_and_for_no_other()
    {
        var (a, b, c) = (await server.PersonAsync(), await server.PersonAsync(), await server.PersonAsync());
        var first = await Devices.VouchAsync(null, a.Id, Token);
        var both = await Devices.VouchAsync(first, b.Id, Token);

        Assert.NotNull(await FindAsync(both, a.Email));
        Assert.Equal(await FindAsync(both, a.Email), await FindAsync(both, b.Email));
        Assert.True(await Devices.IsKnownAsync(both, a.Id, Token));
        Assert.True(await Devices.IsKnownAsync(both, b.Id, Token));
        Assert.Null(await FindAsync(first, b.Email));
        Assert.False(await Devices.IsKnownAsync(both, c.Id, Token));
        Assert.Null(await FindAsync(both, "nobody@example.org"));
    }

    [Fact]
    public async Task A_cookie_that_was_changed_vouches_for_nobody()
    {
        var (a, b) = (await server.PersonAsync(), await server.PersonAsync());
        var cookie = await Devices.VouchAsync(null, a.Id, Token);
        var another = await Devices.VouchAsync(null, b.Id, Token);
        string[] forged =
        [
            cookie[..^2] + (cookie[^2] == 'A' ? 'B' : 'A') + cookie[^1],
            (cookie[0] == 'A' ? 'B' : 'A') + cookie[1..],
            another[..43] + cookie[43..],
            cookie[..43],
            "",
            new string('.', 500),
            cookie + new string('x', 10_000),
        ];

        Assert.NotNull(await FindAsync(cookie, a.Email));
        foreach (var one in forged)
        {
            Assert.Null(await FindAsync(one, a.Email));
        }

        Assert.Null(await FindAsync(null, a.Email));
    }

    [Fact]
    public async Task A_new_password_makes_strangers_of_all_devices()
    {
        var (email, id) = await server.PersonAsync();
        var cookie = await Devices.VouchAsync(null, id, Token);

        await server.Services.GetRequiredService<ChangePassword>()
            .RunAsync(Actor.System(Door.CommandLine), id, Some.OtherPassword, Token);

        Assert.Null(await FindAsync(cookie, email));
        Assert.False(await Devices.IsKnownAsync(cookie, id, Token));
        Assert.NotNull(await FindAsync(await Devices.VouchAsync(cookie, id, Token), email));
    }

    [Fact]
    public async Task A_device_is_known_for_a_person_and_not_for_whoever_has_their_address()
    {
        var (email, id) = await server.PersonAsync();
        var cookie = await Devices.VouchAsync(null, id, Token);
        var moved = Some.Email("moved");
        await server.QueryAsync<int>(
            "update accounts.accounts set email = @moved, email_key = @moved where actor_id = @id returning 1", new { moved, id = id.Value });
        var (_, other) = await server.PersonAsync(email: email);

        Assert.NotNull(await FindAsync(cookie, moved));
        Assert.Null(await FindAsync(cookie, email));
        Assert.False(await Devices.IsKnownAsync(cookie, other, Token));
    }

    [Fact]
    public async Task A_device_that_stays_away_for_half_a_year_is_a_stranger()
    {
        await using var later = server.Beside();
        await later.InitializeAsync();
        var (email, id) = await server.PersonAsync();
        var cookie = await Devices.VouchAsync(null, id, Token);
        later.Clock.Advance(KnownDevices.Longest + TimeSpan.FromDays(1));

        Assert.Null(await later.Services.GetRequiredService<KnownDevices>().FindAsync(cookie, email, Token));
        Assert.NotNull(await FindAsync(cookie, email));
    }

    [Fact]
    public async Task A_computer_of_many_keeps_the_five_who_came_last()
    {
        string? cookie = null;
        var people = new List<string>();
        for (var person = 0; person < 8; person++)
        {
            var (email, id) = await server.PersonAsync();
            people.Add(email);
            cookie = await Devices.VouchAsync(cookie, id, Token);
        }

        Assert.Null(await FindAsync(cookie, people[2]));
        Assert.NotNull(await FindAsync(cookie, people[3]));
        Assert.NotNull(await FindAsync(cookie, people[7]));
    }

    private Task<string?> FindAsync(string? cookie, string name) => Devices.FindAsync(cookie, name, Token);
}
