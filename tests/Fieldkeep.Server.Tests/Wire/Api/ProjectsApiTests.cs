using System.Net;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

public sealed class ProjectsApiTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task A_project_is_created_changed_archived_and_trashed()
    {
        var admin = await server.OrganisationAdminAsync();
        var made = await admin.PostAsync("/api/projects", new { name = " Wells ", description = "Water points" });
        var path = $"/api/projects/{made["id"]}";
        using var renamed = await admin.SendAsync(HttpMethod.Patch, path, new { name = "Wells 2", archived = true });
        var found = await admin.GetAsync(path);
        using var trashed = await admin.SendAsync(HttpMethod.Delete, path);
        using var gone = await admin.SendAsync(HttpMethod.Get, path);

        Assert.Equal("Wells", made["name"]?.GetValue<string>());
        Assert.Equal(HttpStatusCode.OK, renamed.StatusCode);
        Assert.Equal(("Wells 2", "Water points", true), (
            found["name"]?.GetValue<string>(), found["description"]?.GetValue<string>(), found["archived"]?.GetValue<bool>()));
        Assert.Equal((0, 0, 0), (
            found["forms"]?.GetValue<int>(), found["appUsers"]?.GetValue<int>(), found["submissions"]?.GetValue<int>()));
        Assert.Equal(HttpStatusCode.NoContent, trashed.StatusCode);
        await gone.ShouldBeProblemAsync(404, "access.not_found");
    }

    [Fact]
    public async Task A_project_that_is_not_ones_own_does_not_exist()
    {
        var admin = await server.OrganisationAdminAsync();
        var (own, other) = (await admin.ProjectAsync(), await admin.ProjectAsync());
        var viewer = await server.SignedInAsync("viewer", own);
        const long none = 987654321;

        foreach (var (method, path) in new[]
        {
            (HttpMethod.Get, ""), (HttpMethod.Delete, ""), (HttpMethod.Get, "/app-users"), (HttpMethod.Delete, "/app-users/1"),
        })
        {
            using var theirs = await viewer.SendAsync(method, $"/api/projects/{other}{path}");
            using var nobodys = await viewer.SendAsync(method, $"/api/projects/{none}{path}");
            await theirs.ShouldBeProblemAsync(404, "access.not_found");
            Assert.Equal(
                await nobodys.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
                await theirs.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        var listed = await viewer.GetAsync("/api/projects");
        Assert.Equal(own, Assert.Single(listed["items"]?.AsArray() ?? [])?["id"]?.GetValue<long>());
    }

    [Fact]
    public async Task What_may_be_seen_but_not_done_is_forbidden()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var viewer = await server.SignedInAsync("viewer", project);

        using var rename = await viewer.SendAsync(HttpMethod.Patch, $"/api/projects/{project}", new { name = "Mine" });
        using var phones = await viewer.SendAsync(HttpMethod.Get, $"/api/projects/{project}/app-users");
        using var create = await viewer.SendAsync(HttpMethod.Post, "/api/projects", new { name = "Mine" });
        using var activity = await viewer.SendAsync(HttpMethod.Get, "/api/activity");
        using var key = await viewer.SendAsync(HttpMethod.Post, "/api/setup/recovery-key-stored");

        foreach (var response in new[] { rename, phones, create, activity, key })
        {
            await response.ShouldBeProblemAsync(403, "access.denied");
        }
    }

    [Fact]
    public async Task A_role_taken_away_is_gone_on_the_next_request()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var manager = await server.SignedInAsync("manager", project);

        using var before = await manager.SendAsync(HttpMethod.Get, $"/api/projects/{project}/app-users");
        await server.AssignAsync(new ActorId(manager.AccountId), "manager", project, isHeld: false);
        using var after = await manager.SendAsync(HttpMethod.Get, $"/api/projects/{project}/app-users");
        await server.AssignAsync(new ActorId(manager.AccountId), "viewer", project, isHeld: true);
        using var less = await manager.SendAsync(HttpMethod.Get, $"/api/projects/{project}/app-users");

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        await after.ShouldBeProblemAsync(404, "access.not_found");
        await less.ShouldBeProblemAsync(403, "access.denied");
    }

    [Fact]
    public async Task A_role_changed_by_another_process_counts_within_two_seconds()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var viewer = await server.SignedInAsync("viewer", project);
        using var before = await viewer.SendAsync(HttpMethod.Get, $"/api/projects/{project}");

        await server.QueryAsync<int>("update access.grants set ended_at = now() where subject_id = @id returning 1", new { id = viewer.AccountId });
        server.Clock.Advance(TimeSpan.FromSeconds(2));
        using var after = await viewer.SendAsync(HttpMethod.Get, $"/api/projects/{project}");

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        await after.ShouldBeProblemAsync(404, "access.not_found");
    }

    [Fact]
    public async Task Every_change_is_in_the_ledger_and_in_the_audit_book()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var (id, _) = await admin.AppUserAsync(project);
        using var renamed = await admin.SendAsync(HttpMethod.Patch, $"/api/projects/{project}", new { name = "Other" });
        using var revoked = await admin.SendAsync(HttpMethod.Delete, $"/api/projects/{project}/app-users/{id}");
        using var trashed = await admin.SendAsync(HttpMethod.Delete, $"/api/projects/{project}");

        const string expected = "project.create app_user.create project.update app_user.revoke project.delete";
        Assert.Equal(expected, await server.QueryAsync<string>(
            "select string_agg(action, ' ' order by id) from ledger.entries where project_id = @project", new { project }));
        Assert.Equal(expected, await server.QueryAsync<string>(
            "select string_agg(action, ' ' order by id) from audit.events where project_id = @project", new { project }));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData(null)]
    public async Task A_project_needs_a_name(string? name)
    {
        var admin = await server.OrganisationAdminAsync();

        using var response = await admin.SendAsync(HttpMethod.Post, "/api/projects", new { name });

        await response.ShouldBeProblemAsync(422, "project.name_invalid");
    }
}
