using System.Net;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

public sealed class SessionExpiryTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task A_session_ends_after_eight_idle_hours_and_lives_while_it_is_used()
    {
        var admin = await server.OrganisationAdminAsync();
        for (var use = 0; use < 3; use++)
        {
            server.Clock.Advance(TimeSpan.FromHours(7.9));
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(admin));
        }

        server.Clock.Advance(TimeSpan.FromHours(8));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(admin));
    }

    [Fact]
    public async Task A_session_ends_after_seven_days_however_much_it_is_used()
    {
        var admin = await server.OrganisationAdminAsync();
        for (var use = 0; use < 27; use++)
        {
            server.Clock.Advance(TimeSpan.FromHours(6));
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(admin));
        }

        server.Clock.Advance(TimeSpan.FromHours(6));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(admin));
    }

    [Fact]
    public async Task On_a_shared_computer_an_idle_hour_is_the_end()
    {
        await server.OrganisationAdminAsync();
        var browser = new Browser(server.CreateClient());
        await browser.SignInAsync(Actors.AdminEmail, Some.Password, sharedComputer: true);

        server.Clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(browser));
        server.Clock.Advance(TimeSpan.FromMinutes(60));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(browser));
    }

    private static async Task<HttpStatusCode> StatusAsync(Browser browser)
    {
        using var response = await browser.SendAsync(HttpMethod.Get, "/api/session");
        return response.StatusCode;
    }
}
