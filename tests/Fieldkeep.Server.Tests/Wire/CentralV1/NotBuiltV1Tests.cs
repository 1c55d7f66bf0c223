using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

public sealed class NotBuiltV1Tests(TestServer server) : IClassFixture<TestServer>
{
    [Theory]
    [InlineData("GET", "datasets")]
    [InlineData("POST", "datasets")]
    [InlineData("GET", "datasets/trees")]
    [InlineData("GET", "datasets/trees/entities")]
    [InlineData("GET", "datasets/trees/entities.csv")]
    [InlineData("POST", "datasets/trees/entities/bulk-delete")]
    [InlineData("DELETE", "datasets/trees/entities/0c3a2b2e-0000-4000-8000-000000000000")]
    [InlineData("GET", "datasets/trees.svc/Entities")]
    [InlineData("GET", "datasets/trees/integrity")]
    [InlineData("GET", "trash/datasets/7/entities.csv")]
    [InlineData("GET", "forms/village/dataset-diff")]
    [InlineData("GET", "forms/village/draft/dataset-diff")]
    public async Task Entity_lists_answer_501_to_who_may_see_the_project_and_404_to_others(string method, string path)
    {
        var project = await (await server.OrganisationAdminAsync()).ProjectAsync();
        var (viewer, _) = await server.ScriptOfAsync("viewer", project);
        var stranger = await server.ScriptAsync((await server.PersonAsync()).Id);
        using var told = await viewer.SendAsync(new HttpMethod(method), $"/v1/projects/{project}/{path}");
        using var unseen = await stranger.SendAsync(new HttpMethod(method), $"/v1/projects/{project}/{path}");
        using var absent = await viewer.SendAsync(new HttpMethod(method), $"/v1/projects/99999999/{path}");

        await told.ShouldBeCentralProblemAsync(501, 501.1m);
        await unseen.ShouldBeCentralProblemAsync(404, 404.1m);
        await absent.ShouldBeCentralProblemAsync(404, 404.1m);
    }

    [Fact]
    public async Task An_app_user_is_read_alone_and_has_no_properties_yet()
    {
        var browser = await server.OrganisationAdminAsync();
        var admin = await server.AdminScriptAsync();
        var (project, other) = (await browser.ProjectAsync(), await browser.ProjectAsync());
        var (id, _) = await browser.AppUserAsync(project);
        var path = $"/v1/projects/{project}/app-users/{id}";
        var plain = await admin.GetAsync(path);
        var extended = await admin.GetAsync(path, isExtended: true);
        var patched = await admin.CallAsync(HttpMethod.Patch, path, new { properties = (object?)null });

        Assert.Equal(
            ["projectId", "id", "type", "displayName", "createdAt", "updatedAt", "deletedAt", "token"],
            plain.AsObject().Select(member => member.Key));
        Assert.Null(plain["token"]);
        Assert.Equal(browser.AccountId, (long?)extended["createdBy"]?["id"]);
        Assert.True(extended.AsObject().ContainsKey("properties"));
        Assert.Equal(extended.ToJsonString(), patched.ToJsonString());
        foreach (var (method, at, body, status) in new (HttpMethod, string, object?, int)[]
        {
            (HttpMethod.Patch, path, new { properties = new { region = "North" } }, 501),
            (HttpMethod.Post, $"/v1/projects/{project}/app-users", new { displayName = "x", properties = new { region = "North" } }, 501),
            (HttpMethod.Get, $"/v1/projects/{project}/actor-properties", null, 501),
            (HttpMethod.Post, $"/v1/projects/{project}/actor-properties", new { name = "region" }, 501),
            (HttpMethod.Get, $"/v1/projects/{other}/app-users/{id}", null, 404),
            (HttpMethod.Get, $"/v1/projects/{project}/app-users/99999999", null, 404),
        })
        {
            using var response = await admin.SendAsync(method, at, body);
            Assert.True(status == (int)response.StatusCode, $"{method} {at}: {(int)response.StatusCode}");
        }

        Assert.Single((await admin.GetAsync($"/v1/projects/{project}/app-users")).AsArray());
    }
}
