using System.Net;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

public sealed class ProjectsV1Tests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_project_has_centrals_shape()
    {
        var admin = await server.OrganisationAdminAsync();
        var made = await admin.PostAsync("/v1/projects", new { name = "Wells", description = "Water points" });

        Assert.Equal(
            ["id", "name", "description", "keyId", "archived", "createdAt", "updatedAt", "deletedAt"],
            made.AsObject().Select(member => member.Key));
        Assert.Equal("Wells", made["name"]?.GetValue<string>());
        Assert.Null(made["updatedAt"]);
    }

    [Fact]
    public async Task Extended_metadata_adds_counts_and_verbs()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.AppUserAsync(project);
        var viewer = await server.SignedInAsync("viewer", project);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/projects/{project}");
        request.Headers.Add("Cookie", $"__Host-session={viewer.Cookie}");
        request.Headers.Add("X-Extended-Metadata", "true");
        using var response = await server.CreateClient().SendAsync(request, Token);
        var found = JsonNode.Parse(await response.Content.ReadAsStringAsync(Token));

        Assert.Equal(1, found?["appUsers"]?.GetValue<int>());
        Assert.Equal(0, found?["forms"]?.GetValue<int>());
        var verbs = (found?["verbs"]?.AsArray() ?? []).Select(verb => verb?.GetValue<string>()).ToList();
        Assert.Contains("submission.read", verbs);
        Assert.DoesNotContain("project.update", verbs);
    }

    [Fact]
    public async Task Nobody_gets_an_empty_list_and_no_project()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var client = server.CreateClient();

        using var list = await client.GetAsync("/v1/projects", Token);
        using var one = await client.GetAsync($"/v1/projects/{project}", Token);

        Assert.Equal("[]", await list.Content.ReadAsStringAsync(Token));
        await one.ShouldBeCentralProblemAsync(401, 401.2m);
    }

    [Fact]
    public async Task A_project_of_others_is_404_and_what_is_not_allowed_403()
    {
        var admin = await server.OrganisationAdminAsync();
        var (own, other) = (await admin.ProjectAsync(), await admin.ProjectAsync());
        var viewer = await server.SignedInAsync("viewer", own);

        using var unseen = await viewer.SendAsync(HttpMethod.Get, $"/v1/projects/{other}");
        using var denied = await viewer.SendAsync(HttpMethod.Patch, $"/v1/projects/{own}", new { name = "Mine" });
        using var nameless = await admin.SendAsync(HttpMethod.Post, "/v1/projects", new { description = "x" });

        await unseen.ShouldBeCentralProblemAsync(404, 404.1m);
        await denied.ShouldBeCentralProblemAsync(403, 403.1m);
        await nameless.ShouldBeCentralProblemAsync(400, 400.2m);
    }

    [Fact]
    public async Task An_app_user_shows_its_token_when_made_and_never_again()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var made = await admin.PostAsync($"/v1/projects/{project}/app-users", new { displayName = "enumerator" });
        var list = await admin.GetAsync($"/v1/projects/{project}/app-users");
        using var deleted = await admin.SendAsync(HttpMethod.Delete, $"/v1/projects/{project}/app-users/{made["id"]}");
        var after = await admin.GetAsync($"/v1/projects/{project}/app-users");

        Assert.Equal("field_key", made["type"]?.GetValue<string>());
        Assert.Equal(43, made["token"]?.GetValue<string>().Length);
        Assert.Null(Assert.Single(list.AsArray())?["token"]);
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        Assert.Empty(after.AsArray());
    }
}
