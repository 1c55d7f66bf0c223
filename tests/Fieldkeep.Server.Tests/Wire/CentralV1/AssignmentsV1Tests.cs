using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

public sealed class AssignmentsV1Tests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Roles_have_centrals_numbers_and_names_and_anyone_may_read_them()
    {
        var client = server.CreateClient();
        var roles = JsonNode.Parse(await client.GetStringAsync("/v1/roles", Token))!.AsArray(); // a list
        var byNumber = JsonNode.Parse(await client.GetStringAsync("/v1/roles/5", Token));
        var byName = JsonNode.Parse(await client.GetStringAsync("/v1/roles/manager", Token));
        using var unknown = await client.GetAsync("/v1/roles/emperor", Token);

        Assert.Equal(
            [(1, "admin"), (2, "app-user"), (3, "pwreset"), (5, "manager"), (6, "viewer"), (8, "formfill"), (9, "pub-link")],
            roles.Select(role => ((int)role!["id"]!, (string)role["system"]!))); // every role has both
        Assert.Equal(["id", "name", "system", "verbs", "createdAt", "updatedAt"], byNumber!.AsObject().Select(member => member.Key)); // a role
        Assert.True(JsonNode.DeepEquals(byNumber, byName));
        Assert.Contains("field_key.create", byName!["verbs"]!.AsArray().Select(verb => (string?)verb)); // a role has verbs
        Assert.DoesNotContain("user.create", byName["verbs"]!.AsArray().Select(verb => (string?)verb)); // as above
        Assert.Equal("pwreset", (string?)JsonNode.Parse(await client.GetStringAsync("/v1/roles/pwd-reset", Token))?["system"]);
        await unknown.ShouldBeCentralProblemAsync(404, 404.1m);
    }

    [Fact]
    public async Task A_role_given_on_the_server_acts_at_once_and_is_listed_until_it_is_taken()
    {
        var browser = await server.OrganisationAdminAsync();
        var admin = await server.AdminScriptAsync();
        var project = await browser.ProjectAsync();
        var (_, id) = await server.PersonAsync();
        var person = await server.ScriptAsync(id);
        using var before = await person.SendAsync(HttpMethod.Get, $"/v1/projects/{project}");
        await admin.ShouldSucceedAsync(HttpMethod.Post, $"/v1/assignments/admin/{id}");
        await admin.ShouldSucceedAsync(HttpMethod.Post, $"/v1/assignments/1/{id}");

        await person.GetAsync($"/v1/projects/{project}");
        Assert.Contains((await admin.GetAsync("/v1/assignments")).AsArray(), one => one?.ToJsonString() == $$"""{"roleId":1,"actorId":{{id}}}""");
        var extended = (await admin.GetAsync("/v1/assignments", isExtended: true)).AsArray().Single(one => (long?)one?["actor"]?["id"] == id.Value);
        Assert.Equal(["id", "type", "displayName", "createdAt", "updatedAt", "deletedAt"], extended!["actor"]!.AsObject().Select(member => member.Key)); // it was just found by it
        Assert.Contains((await admin.GetAsync("/v1/assignments/admin")).AsArray(), one => (long?)one?["id"] == id.Value);

        await admin.ShouldSucceedAsync(HttpMethod.Delete, $"/v1/assignments/admin/{id}");
        using var after = await person.SendAsync(HttpMethod.Get, $"/v1/projects/{project}");
        using var twice = await admin.SendAsync(HttpMethod.Delete, $"/v1/assignments/admin/{id}");
        await before.ShouldBeCentralProblemAsync(404, 404.1m);
        await after.ShouldBeCentralProblemAsync(404, 404.1m);
        await twice.ShouldBeCentralProblemAsync(404, 404.1m);
    }

    [Fact]
    public async Task Each_of_centrals_project_roles_allows_what_it_says()
    {
        var browser = await server.OrganisationAdminAsync();
        var admin = await server.AdminScriptAsync();
        var project = await browser.ProjectAsync();
        foreach (var (role, denied) in new[] { ("manager", 0), ("viewer", 1), ("formfill", 2) })
        {
            var (_, id) = await server.PersonAsync();
            var person = await server.ScriptAsync(id);
            await admin.ShouldSucceedAsync(HttpMethod.Post, $"/v1/projects/{project}/assignments/{role}/{id}");
            await person.GetAsync($"/v1/projects/{project}");
            using var rename = await person.SendAsync(HttpMethod.Patch, $"/v1/projects/{project}", new { description = role });
            Assert.Equal(denied > 0 ? 403 : 200, (int)rename.StatusCode);
            Assert.Contains((await admin.GetAsync($"/v1/projects/{project}/assignments/{role}")).AsArray(), one => (long?)one?["id"] == id.Value);
        }
    }

    [Fact]
    public async Task Nobody_gives_or_takes_more_than_they_hold()
    {
        var browser = await server.OrganisationAdminAsync();
        var admin = await server.AdminScriptAsync();
        var (own, other) = (await browser.ProjectAsync(), await browser.ProjectAsync());
        var (manager, managerId) = await server.ScriptOfAsync("manager", own);
        var (viewer, viewerId) = await server.ScriptOfAsync("viewer", own);
        var (_, adminId) = await server.PersonAsync();
        await admin.ShouldSucceedAsync(HttpMethod.Post, $"/v1/assignments/admin/{adminId}");
        var (siteManager, siteId) = (await server.ScriptAsync((await server.PersonAsync()).Id), await server.PersonAsync());
        var siteManagerId = (await siteManager.GetAsync("/v1/users/current"))["id"];
        await admin.ShouldSucceedAsync(HttpMethod.Post, $"/v1/assignments/manager/{siteManagerId}");
        await server.JoinAsync(siteId.Id, await browser.HomeAsync());

        await manager.ShouldSucceedAsync(HttpMethod.Post, $"/v1/projects/{own}/assignments/manager/{viewerId}");
        await manager.ShouldSucceedAsync(HttpMethod.Delete, $"/v1/projects/{own}/assignments/manager/{viewerId}");
        await siteManager.ShouldSucceedAsync(HttpMethod.Post, $"/v1/assignments/viewer/{siteId.Id}");
        foreach (var (script, path, status) in new[]
        {
            (manager, $"/v1/assignments/admin/{managerId}", 403),
            (manager, $"/v1/assignments/manager/{managerId}", 403),
            (manager, $"/v1/projects/{own}/assignments/admin/{managerId}", 400),
            (manager, $"/v1/projects/{other}/assignments/viewer/{managerId}", 404),
            (viewer, $"/v1/projects/{own}/assignments/viewer/{viewerId}", 403),
            (siteManager, $"/v1/assignments/admin/{siteManagerId}", 403),
        })
        {
            using var given = await script.SendAsync(HttpMethod.Post, path);
            Assert.True(status == (int)given.StatusCode, $"{path}: {(int)given.StatusCode}");
        }

        using var toppled = await siteManager.SendAsync(HttpMethod.Delete, $"/v1/assignments/admin/{adminId}");
        await toppled.ShouldBeCentralProblemAsync(403, 403.1m);
        using var unlisted = await viewer.SendAsync(HttpMethod.Get, $"/v1/projects/{own}/assignments");
        await unlisted.ShouldBeCentralProblemAsync(403, 403.1m);
    }

    [Theory]
    [InlineData("/v1/assignments/admin/99999999", 404, 404.1)]
    [InlineData("/v1/assignments/emperor/1", 404, 404.1)]
    [InlineData("/v1/assignments/7/1", 404, 404.1)]
    [InlineData("/v1/assignments/admin/abc", 404, 404.1)]
    [InlineData("/v1/assignments/app-user/1", 400, 400.8)]
    [InlineData("/v1/assignments/pub-link/1", 400, 400.8)]
    [InlineData("/v1/projects/99999999/assignments/viewer/1", 404, 404.1)]
    [InlineData("/v1/projects/99999999999999999999/assignments/viewer/1", 404, 404.1)]
    public async Task What_does_not_exist_cannot_be_assigned(string path, int status, double code)
    {
        var admin = await server.AdminScriptAsync();
        using var response = await admin.SendAsync(HttpMethod.Post, path);

        await response.ShouldBeCentralProblemAsync(status, (decimal)code);
    }

    [Fact]
    public async Task People_and_phones_do_not_hold_each_others_roles()
    {
        var browser = await server.OrganisationAdminAsync();
        var admin = await server.AdminScriptAsync();
        var (project, other) = (await browser.ProjectAsync(), await browser.ProjectAsync());
        var (phone, _) = await browser.AppUserAsync(project);
        var (_, person) = await server.PersonAsync();
        foreach (var (path, status) in new[]
        {
            ($"/v1/projects/{project}/assignments/manager/{phone}", 400),
            ($"/v1/projects/{project}/assignments/app-user/{person}", 400),
            ($"/v1/projects/{other}/assignments/app-user/{phone}", 404),
            ($"/v1/assignments/admin/{phone}", 404),
        })
        {
            using var response = await admin.SendAsync(HttpMethod.Post, path);
            Assert.True(status == (int)response.StatusCode, $"{path}: {(int)response.StatusCode}");
        }
    }
}
