using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

public sealed class ConfigV1Tests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_texts_of_the_sign_in_page_are_set_read_by_anyone_and_taken_away()
    {
        var admin = await server.AdminScriptAsync();
        var client = server.CreateClient();
        var set = await admin.CallAsync(
            HttpMethod.Post, "/v1/config/login-appearance", """{"title":"Plum Relief","description":"","colour":"plum","more":{"a":1}}""");

        Assert.Equal(("login-appearance", """{"title":"Plum Relief"}"""), ((string?)set["key"], set["value"]?.ToJsonString()));
        Assert.Equal(set["value"]?.ToJsonString(), (await admin.GetAsync("/v1/config/login-appearance"))["value"]?.ToJsonString());
        var all = JsonNode.Parse(await client.GetStringAsync("/v1/config/public", Token));
        var one = JsonNode.Parse(await client.GetStringAsync("/v1/config/public/login-appearance", Token));
        Assert.True(JsonNode.DeepEquals(all?["login-appearance"], one));
        Assert.Equal("Plum Relief", (string?)one?["value"]?["title"]);

        await admin.ShouldSucceedAsync(HttpMethod.Delete, "/v1/config/login-appearance");
        await admin.ShouldSucceedAsync(HttpMethod.Delete, "/v1/config/login-appearance");
        Assert.Equal("{}", await client.GetStringAsync("/v1/config/public", Token));
        using var gone = await admin.SendAsync(HttpMethod.Get, "/v1/config/login-appearance");
        await gone.ShouldBeCentralProblemAsync(404, 404.1m);
        Assert.Equal("config.set", (string?)(await admin.GetAsync("/v1/audits?action=config&limit=1")).AsArray().Single()?["action"]);
    }

    [Fact]
    public async Task Usage_reports_can_be_off_and_never_on()
    {
        var admin = await server.AdminScriptAsync();
        var off = await admin.CallAsync(HttpMethod.Post, "/v1/config/analytics", new { enabled = false, email = "a@example.org" });
        using var on = await admin.SendAsync(HttpMethod.Post, "/v1/config/analytics", new { enabled = true });
        using var preview = await admin.SendAsync(HttpMethod.Get, "/v1/analytics/preview");
        using var secret = await server.CreateClient().GetAsync("/v1/config/public/analytics", Token);

        Assert.Equal("""{"enabled":false}""", off["value"]?.ToJsonString());
        await on.ShouldBeCentralProblemAsync(501, 501.9m);
        await preview.ShouldBeCentralProblemAsync(501, 501.9m);
        await secret.ShouldBeCentralProblemAsync(403, 403.1m);
    }

    [Theory]
    [InlineData("GET", "/v1/config/logo", 404, 404.1)]
    [InlineData("GET", "/v1/config/unknown", 404, 404.1)]
    [InlineData("POST", "/v1/config/logo", 501, 501.1)]
    [InlineData("POST", "/v1/config/hero-image", 501, 501.1)]
    [InlineData("POST", "/v1/config/unknown", 400, 400.8)]
    [InlineData("DELETE", "/v1/config/unknown", 400, 400.8)]
    [InlineData("POST", "/v1/backup", 501, 501.1)]
    public async Task What_this_server_has_not_is_said_with_centrals_code(string method, string path, int status, double code)
    {
        var admin = await server.AdminScriptAsync();
        using var response = await admin.SendAsync(new HttpMethod(method), path, method == "POST" ? "{}" : null);

        await response.ShouldBeCentralProblemAsync(status, (decimal)code);
    }

    [Theory]
    [InlineData("GET", "/v1/config/login-appearance")]
    [InlineData("POST", "/v1/config/login-appearance")]
    [InlineData("DELETE", "/v1/config/login-appearance")]
    [InlineData("GET", "/v1/analytics/preview")]
    [InlineData("POST", "/v1/backup")]
    public async Task Only_who_runs_the_server_reads_and_sets_it(string method, string path)
    {
        var project = await (await server.OrganisationAdminAsync()).ProjectAsync();
        var (manager, _) = await server.ScriptOfAsync("manager", project);
        using var denied = await manager.SendAsync(new HttpMethod(method), path, method == "POST" ? "no json" : null);
        using var nobody = await server.CreateClient().SendAsync(new HttpRequestMessage(new HttpMethod(method), path), Token);

        await denied.ShouldBeCentralProblemAsync(403, 403.1m);
        await nobody.ShouldBeCentralProblemAsync(401, 401.2m);
    }

    [Fact]
    public async Task A_text_too_long_is_refused()
    {
        var admin = await server.AdminScriptAsync();
        using var response = await admin.SendAsync(HttpMethod.Post, "/v1/config/login-appearance", new { title = new string('t', 2_001) });

        await response.ShouldBeCentralProblemAsync(400, 400.13m);
    }
}
