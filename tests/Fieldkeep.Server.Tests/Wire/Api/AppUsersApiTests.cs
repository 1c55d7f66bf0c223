using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

public sealed class AppUsersApiTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_revoked_app_user_is_refused_on_the_very_next_request()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var (id, token) = await admin.AppUserAsync(project);
        var phone = server.CreateClient();
        var formList = $"/v1/key/{token}/projects/{project}/formList";

        using var before = await phone.GetAsync(formList, Token);
        using var revoked = await admin.SendAsync(HttpMethod.Delete, $"/api/projects/{project}/app-users/{id}");
        using var after = await phone.GetAsync(formList, Token);
        using var again = await admin.SendAsync(HttpMethod.Delete, $"/api/projects/{project}/app-users/{id}");

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, again.StatusCode);
        var item = (await admin.GetAsync($"/api/projects/{project}/app-users"))["items"]?[0];
        Assert.True(item?["revoked"]?.GetValue<bool>());
        Assert.NotNull(item?["lastUsed"]);
    }

    [Fact]
    public async Task A_token_is_shown_once_and_kept_nowhere()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var (_, token) = await admin.AppUserAsync(project);
        await server.CreateClient().GetAsync($"/v1/key/{token}/projects/{project}/formList", Token);
        await server.CreateClient().GetAsync($"/v1/key/{token}/nothing/{project}", Token);

        var list = await admin.GetAsync($"/api/projects/{project}/app-users");
        var activity = await admin.GetAsync($"/api/activity?project={project}");
        var stored = await server.QueryAsync<string>("""
            select string_agg(row_to_json(app_users)::text, ' ') || (select string_agg(row_to_json(events)::text, ' ') from audit.events)
            from accounts.app_users
            """);

        Assert.DoesNotContain(token, list.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain(token, activity.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain(token, stored, StringComparison.Ordinal);
        Assert.DoesNotContain(token, server.Log.Text, StringComparison.Ordinal);
        Assert.Contains($"/v1/key/[token]/projects/{project}/formList", server.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_qr_code_holds_the_settings_that_collect_reads()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync("Wells & springs");
        var made = await admin.PostAsync($"/api/projects/{project}/app-users", new { displayName = "enumerator" });

        var token = made["token"]?.GetValue<string>();
        var settings = made["qr"]?["settings"]?.AsObject() ?? [];
        Assert.Equal(
            $"{server.Address.ToString().TrimEnd('/')}/v1/key/{token}/projects/{project}",
            settings["general"]?["server_url"]?.GetValue<string>());
        Assert.Equal("Wells & springs", settings["project"]?["name"]?.GetValue<string>());
        Assert.StartsWith("<svg", made["qr"]?["svg"]?.GetValue<string>());
        await using var zlib = new ZLibStream(
            new MemoryStream(Convert.FromBase64String(CollectSettings.Encode(settings))), CompressionMode.Decompress);
        Assert.True(JsonNode.DeepEquals(settings, await JsonNode.ParseAsync(zlib, cancellationToken: Token)));
    }

    [Fact]
    public async Task An_app_user_sees_nothing_of_another_project_and_nothing_but_forms_of_its_own()
    {
        var admin = await server.OrganisationAdminAsync();
        var (project, other) = (await admin.ProjectAsync(), await admin.ProjectAsync());
        var (_, token) = await admin.AppUserAsync(project);
        var phone = server.CreateClient();

        using var elsewhere = await phone.GetAsync($"/v1/key/{token}/projects/{other}/formList", Token);
        using var asBearer = new HttpRequestMessage(HttpMethod.Get, $"/v1/projects/{project}/app-users");
        asBearer.Headers.Authorization = new("Bearer", token);
        using var api = await phone.SendAsync(asBearer, Token);

        Assert.Equal(HttpStatusCode.NotFound, elsewhere.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, api.StatusCode);
    }

    [Fact]
    public async Task App_users_of_one_project_cannot_be_revoked_through_another()
    {
        var admin = await server.OrganisationAdminAsync();
        var (project, other) = (await admin.ProjectAsync(), await admin.ProjectAsync());
        var (id, _) = await admin.AppUserAsync(project);

        using var response = await admin.SendAsync(HttpMethod.Delete, $"/api/projects/{other}/app-users/{id}");

        await response.ShouldBeProblemAsync(404, "app_user.not_found");
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("a\0b")]
    public async Task An_app_user_needs_a_name(string displayName)
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();

        using var response = await admin.SendAsync(HttpMethod.Post, $"/api/projects/{project}/app-users", new { displayName });

        await response.ShouldBeProblemAsync(422, "account.name_invalid");
    }
}
