using System.Net;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

/// <summary>The list of one's own sessions.</summary>
public sealed class OwnSessionsApiTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Sessions = "/api/account/sessions";
    private const string Firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

    [Fact]
    public async Task One_sees_ones_own_sessions_with_device_and_address_which_the_database_does_not_tell()
    {
        var (email, _) = await server.PersonAsync();
        var here = await SignInAsync(email, "127.0.40.1");
        await SignInAsync(email, "127.0.40.2");

        var items = (await here.GetAsync(Sessions))["items"]!.AsArray(); // a list has items

        Assert.Equal(2, items.Count);
        var current = Assert.Single(items, item => item!["isCurrent"]!.GetValue<bool>())!; // every item says so
        Assert.Equal(("127.0.40.1", "Firefox", "Linux"), (current.Text("address"), current.Text("browser"), current.Text("system")));
        Assert.False(await server.QueryAsync<bool>(
            "select exists (select 1 from accounts.sessions s where s::text like '%127.0.40.%')"));
    }

    [Fact]
    public async Task One_session_or_all_others_are_ended_at_once()
    {
        var (email, _) = await server.PersonAsync();
        var (here, second, third) = (await SignInAsync(email, "127.0.41.1"), await SignInAsync(email, "127.0.41.2"), await SignInAsync(email, "127.0.41.3"));
        var id = (await second.GetAsync(Sessions))["items"]!.AsArray() // a list has items
            .Single(item => item!["isCurrent"]!.GetValue<bool>())!["id"]!.GetValue<long>(); // every item has both

        using var one = await here.SendAsync(HttpMethod.Delete, $"{Sessions}/{id}");
        using var afterOne = await second.SendAsync(HttpMethod.Get, "/api/session");
        using var twice = await here.SendAsync(HttpMethod.Delete, $"{Sessions}/{id}");
        using var all = await here.SendAsync(HttpMethod.Delete, Sessions);
        using var afterAll = await third.SendAsync(HttpMethod.Get, "/api/session");

        Assert.Equal(HttpStatusCode.NoContent, one.StatusCode);
        await afterOne.ShouldBeProblemAsync(401, "session.none");
        await twice.ShouldBeProblemAsync(404, "session.not_found");
        Assert.Equal(HttpStatusCode.NoContent, all.StatusCode);
        await afterAll.ShouldBeProblemAsync(401, "session.none");
        await here.GetAsync("/api/session");
    }

    [Fact]
    public async Task Nobody_ends_anothers_session()
    {
        var (email, _) = await server.PersonAsync();
        var victim = await SignInAsync(email, "127.0.42.1");
        var id = (await victim.GetAsync(Sessions))["items"]![0]!["id"]!.GetValue<long>(); // there is this one
        var admin = await server.OrganisationAdminAsync();

        using var refused = await admin.SendAsync(HttpMethod.Delete, $"{Sessions}/{id}");

        await refused.ShouldBeProblemAsync(404, "session.not_found");
        await victim.GetAsync("/api/session");
    }

    [Fact]
    public async Task Signing_in_anew_gives_a_new_session_and_ends_the_one_before()
    {
        var (email, _) = await server.PersonAsync();
        var browser = await SignInAsync(email, "127.0.43.1");
        var before = browser.Cookie;
        await browser.SignInAsync(email, Some.Password);

        using var old = await new Browser(server.CreateClient("127.0.43.1")) { Cookie = before }.SendAsync(HttpMethod.Get, "/api/session");

        Assert.NotEqual(before, browser.Cookie);
        await old.ShouldBeProblemAsync(401, "session.none");
        Assert.Single((await browser.GetAsync(Sessions))["items"]!.AsArray()); // a list has items
    }

    private async Task<Browser> SignInAsync(string email, string from)
    {
        var client = server.CreateClient(from);
        client.DefaultRequestHeaders.UserAgent.ParseAdd(Firefox);
        var browser = new Browser(client);
        await browser.SignInAsync(email, Some.Password);
        return browser;
    }
}
