using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Organisations;

public sealed class UnitsTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task Units_are_created_renamed_and_moved_and_the_chart_shows_them()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var north = await admin.UnitAsync(home);
        var south = await admin.UnitAsync(home);
        var team = await admin.UnitAsync(north, "team");
        var name = Some.Name("renamed");
        using var changed = await admin.SendAsync(HttpMethod.Patch, $"/api/units/{team}", new { name, parent = south });
        changed.EnsureSuccessStatusCode();

        var chart = await admin.GetAsync($"/api/units/{home}");
        var moved = chart["units"]!.AsArray().Single(one => (long)one!["id"]! == team)!; // a chart has units
        Assert.Equal((south, name, "team"), ((long)moved["parent"]!, (string)moved["name"]!, (string)moved["kind"]!)); // a unit has them
        var may = chart["may"]!.AsArray().Select(one => (string?)one).ToList(); // as above
        Assert.Contains("unitUpdate", may);
        Assert.Contains("auditRead", may);
        Assert.Equal([south], (await admin.GetAsync($"/api/units/{team}"))["path"]!.AsArray().Skip(1).Select(one => (long)one!["id"]!)); // a path has numbers
    }

    [Fact]
    public async Task What_would_break_the_tree_is_refused()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var branch = await admin.UnitAsync(home, name: "Twice");
        var below = await admin.UnitAsync(branch);
        var team = await admin.UnitAsync(home, "team");
        var (otherAdmin, other) = await server.OrganisationAsync(admin);
        foreach (var (path, body, status, code) in new (string, object, int, string)[]
        {
            ($"/api/units/{branch}", new { parent = below }, 409, "unit.circle"),
            ($"/api/units/{branch}", new { parent = branch }, 409, "unit.circle"),
            ($"/api/units/{home}", new { parent = branch }, 409, "unit.root"),
            ($"/api/units/{branch}", new { parent = team }, 422, "unit.misplaced"),
            ($"/api/units/{branch}", new { parent = other }, 404, "access.not_found"),
            ($"/api/units/{branch}", new { parent = 99999999 }, 404, "access.not_found"),
            ("/api/units/99999999", new { name = "Nobody" }, 404, "access.not_found"),
            ($"/api/units/{other}", new { name = "Mine" }, 404, "access.not_found"),
            ($"/api/units/{branch}", new { name = "  " }, 422, "unit.name_invalid"),
            ($"/api/units/{branch}", new { name = "two\nlines" }, 422, "unit.name_invalid"),
            ($"/api/units/{branch}", new { name = new string('x', 256) }, 422, "unit.name_invalid"),
            ($"/api/units/{branch}", new { name = new string('x', 1024 * 1024) }, 413, "body.too_large"),
        })
        {
            using var refused = await admin.SendAsync(HttpMethod.Patch, path, body);
            await refused.ShouldBeProblemAsync(status, code);
        }

        using var twice = await admin.SendAsync(HttpMethod.Post, "/api/units", new { parent = home, kind = "branch", name = "TWICE" });
        await twice.ShouldBeProblemAsync(409, "unit.name_taken");
        using var second = await admin.SendAsync(HttpMethod.Post, "/api/units", new { parent = home, kind = "organisation", name = "Second root" });
        await second.ShouldBeProblemAsync(422, "unit.misplaced");
        using var foreign = await otherAdmin.SendAsync(HttpMethod.Get, $"/api/units/{branch}");
        await foreign.ShouldBeProblemAsync(404, "access.not_found");
    }

    [Fact]
    public async Task A_tree_has_at_most_eight_levels()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var (first, deepest) = (await admin.UnitAsync(home), 0L);
        deepest = first;
        for (var level = 3; level <= 8; level++)
        {
            deepest = await admin.UnitAsync(deepest);
        }

        using var ninth = await admin.SendAsync(HttpMethod.Post, "/api/units", new { parent = deepest, kind = "team", name = "Ninth" });
        await ninth.ShouldBeProblemAsync(409, "unit.too_deep");
        var above = await admin.UnitAsync(home);
        using var moved = await admin.SendAsync(HttpMethod.Patch, $"/api/units/{first}", new { parent = above });
        await moved.ShouldBeProblemAsync(409, "unit.too_deep");
    }

    [Fact]
    public async Task Two_moves_at_once_make_no_circle()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        for (var round = 0; round < 5; round++)
        {
            var (a, b) = (await admin.UnitAsync(home), await admin.UnitAsync(home));
            var answers = await Task.WhenAll(
                admin.SendAsync(HttpMethod.Patch, $"/api/units/{a}", new { parent = b }),
                admin.SendAsync(HttpMethod.Patch, $"/api/units/{b}", new { parent = a }));
            Assert.Equal([200, 409], answers.Select(answer => (int)answer.StatusCode).Order());
            Assert.Contains(a, (await admin.GetAsync($"/api/units/{home}"))["units"]!.AsArray().Select(one => (long)one!["id"]!)); // it hangs on the tree still
            Array.ForEach(answers, answer => answer.Dispose());
        }
    }

    [Fact]
    public async Task A_unit_goes_to_the_trash_with_all_in_it_and_comes_back_as_it_was()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var branch = await admin.UnitAsync(home);
        var team = await admin.UnitAsync(branch, "team");
        var project = await admin.ProjectOfAsync(team);
        var elsewhere = await admin.ProjectOfAsync(home);
        await admin.AppUserAsync(project);
        var person = await server.JoinedAsync(admin, team, "viewer");
        using var given = await admin.GiveAsync("viewer", $"project:{elsewhere}", unit: team);
        given.EnsureSuccessStatusCode();
        await person.GetAsync($"/api/projects/{elsewhere}");

        var impact = await admin.GetAsync($"/api/units/{branch}/removal");
        Assert.Equal((2, 1, 1, 1), ((int)impact["units"]!, (int)impact["members"]!, (int)impact["projects"]!, (int)impact["appUsers"]!)); // the counts are there
        using var gone = await admin.SendAsync(HttpMethod.Delete, $"/api/units/{branch}");
        gone.EnsureSuccessStatusCode();
        foreach (var path in new[] { $"/api/projects/{project}", $"/api/projects/{elsewhere}", $"/api/units/{team}" })
        {
            using var hidden = await person.SendAsync(HttpMethod.Get, path);
            await hidden.ShouldBeProblemAsync(404, "access.not_found");
        }

        Assert.DoesNotContain(project, (await admin.GetAsync("/api/projects")).Ids());
        using var lower = await admin.SendAsync(HttpMethod.Post, $"/api/units/{team}/restoration");
        await lower.ShouldBeProblemAsync(404, "access.not_found");
        Assert.Equal([branch], (await admin.GetAsync($"/api/units/{home}/removed")).Ids());
        using var back = await admin.SendAsync(HttpMethod.Post, $"/api/units/{branch}/restoration");
        back.EnsureSuccessStatusCode();
        await person.GetAsync($"/api/projects/{project}");
        await person.GetAsync($"/api/projects/{elsewhere}");
        using var root = await admin.SendAsync(HttpMethod.Delete, $"/api/units/{home}");
        await root.ShouldBeProblemAsync(409, "unit.root");
    }

    [Fact]
    public async Task A_project_is_transferred_by_who_has_rights_at_both_ends()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var (north, south) = (await admin.UnitAsync(home), await admin.UnitAsync(home));
        var project = await admin.ProjectOfAsync(north);
        var northAdmin = await server.JoinedAsync(admin, north, "admin");
        var southViewer = await server.JoinedAsync(admin, south, "viewer");
        using var half = await northAdmin.SendAsync(HttpMethod.Post, $"/api/projects/{project}/transfer", new { unit = south });
        await half.ShouldBeProblemAsync(403, "access.denied");

        var preview = await admin.GetAsync($"/api/projects/{project}/transfer?unit={south}");
        Assert.Equal([northAdmin.AccountId], preview["losing"]!.AsArray().Select(one => (long)one!["id"]!)); // people have numbers
        Assert.Equal([southViewer.AccountId], preview["winning"]!.AsArray().Select(one => (long)one!["id"]!)); // as above
        using var done = await admin.SendAsync(HttpMethod.Post, $"/api/projects/{project}/transfer", new { unit = south });
        done.EnsureSuccessStatusCode();
        Assert.Equal(south, (long)(await southViewer.GetAsync($"/api/projects/{project}"))["unit"]!); // a project has a unit
        using var lost = await northAdmin.SendAsync(HttpMethod.Get, $"/api/projects/{project}");
        await lost.ShouldBeProblemAsync(404, "access.not_found");
    }

    [Fact]
    public async Task Whoever_runs_the_server_sees_names_and_counts_of_organisations_only()
    {
        var admin = await server.OrganisationAdminAsync();
        var (otherAdmin, unit) = await server.OrganisationAsync(admin);
        var project = await otherAdmin.ProjectOfAsync(unit);
        await server.JoinedAsync(otherAdmin, unit);

        var seen = (await admin.GetAsync("/api/organisations"))["items"]!.AsArray().Single(one => (long)one!["unit"]! == unit)!; // organisations have units
        Assert.Equal((2, 1, false), ((int)seen["people"]!, (int)seen["projects"]!, (bool)seen["isMember"]!)); // as above
        Assert.Equal([unit], (await otherAdmin.GetAsync("/api/organisations"))["items"]!.AsArray().Select(one => (long)one!["unit"]!)); // as above
        foreach (var path in new[] { $"/api/units/{unit}", $"/api/units/{unit}/members", $"/api/projects/{project}", $"/api/units/{unit}/roles" })
        {
            using var hidden = await admin.SendAsync(HttpMethod.Get, path);
            await hidden.ShouldBeProblemAsync(404, "access.not_found");
        }

        using var made = await otherAdmin.SendAsync(HttpMethod.Post, "/api/organisations", new { name = "Third", adminEmail = "third@example.org" });
        await made.ShouldBeProblemAsync(403, "access.denied");
    }
}
