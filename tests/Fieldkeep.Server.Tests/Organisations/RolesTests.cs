using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Organisations;

public sealed class RolesTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly string[] Reading = ["projectRead", "formList", "formRead", "submissionList"];

    [Fact]
    public async Task A_role_of_an_organisations_own_allows_what_it_says_and_changes_for_all_who_hold_it()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var branch = await admin.UnitAsync(home);
        var project = await admin.ProjectOfAsync(branch);
        var role = await admin.PostAsync($"/api/units/{home}/roles", new { name = Some.Name("reader"), permissions = Reading });
        var person = await server.JoinedAsync(admin, branch, (string)role["role"]!); // a role has it
        await person.GetAsync($"/api/projects/{project}/forms");
        using var before = await person.SendAsync(HttpMethod.Patch, $"/api/projects/{project}", new { description = "mine" });
        await before.ShouldBeProblemAsync(403, "access.denied");

        using var changed = await admin.SendAsync(
            HttpMethod.Put, $"/api/units/{home}/roles/{role["id"]}", new { name = role["name"], permissions = Reading.Append("projectUpdate") });
        changed.EnsureSuccessStatusCode();
        using var after = await person.SendAsync(HttpMethod.Patch, $"/api/projects/{project}", new { description = "mine" });
        after.EnsureSuccessStatusCode();
        Assert.Contains((string?)role["name"], (await admin.GetAsync($"/api/units/{branch}/roles"))["items"]!.AsArray().Select(one => (string?)one!["name"])); // roles are listed
        Assert.Equal(2L, await server.QueryAsync<long>("select count(*) from access.roles where id = @id", new { id = (long)role["id"]! }));
    }

    [Fact]
    public async Task A_role_of_one_organisation_allows_nothing_in_another()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var project = await admin.ProjectOfAsync(home);
        var role = await admin.PostAsync($"/api/units/{home}/roles", new { name = Some.Name("reader"), permissions = Reading });
        var person = await server.JoinedAsync(admin, home);
        using var given = await admin.GiveAsync((string)role["role"]!, $"project:{project}", person.AccountId); // a role has it
        given.EnsureSuccessStatusCode();
        await person.GetAsync($"/api/projects/{project}");
        var (_, other) = await server.OrganisationAsync(admin);

        await using (var tx = await server.Services.GetRequiredService<Db>().BeginAsync(TestContext.Current.CancellationToken))
        {
            await server.Services.GetRequiredService<Places>().MoveAsync(
                tx, Scope.Of(new ProjectId(project)), Scope.Of(new UnitId(other)), 0, TestContext.Current.CancellationToken);
            await tx.CommitAsync(TestContext.Current.CancellationToken);
        }

        server.Services.GetRequiredService<Policy>().Forget();
        using var moved = await person.SendAsync(HttpMethod.Get, $"/api/projects/{project}");
        using var forms = await person.SendAsync(HttpMethod.Get, $"/api/projects/{project}/forms");
        await moved.ShouldBeProblemAsync(404, "access.not_found");
        await forms.ShouldBeProblemAsync(404, "access.not_found");
        Assert.DoesNotContain(project, (await person.GetAsync("/api/projects")).Ids());
    }

    [Fact]
    public async Task Whoever_administers_needs_a_second_factor_whatever_the_role_is_called()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        string[] helping = ["memberList", "memberUpdate"];
        var helper = await admin.PostAsync($"/api/units/{home}/roles", new { name = Some.Name("helper"), permissions = helping });
        var reader = await admin.PostAsync($"/api/units/{home}/roles", new { name = Some.Name("reader"), permissions = Reading });
        var helps = await server.JoinedAsync(admin, home, helper.Text("role"));
        var reads = await server.JoinedAsync(admin, home, reader.Text("role"));

        Assert.NotNull((await helps.GetAsync("/api/session"))["secondFactor"]?["dueAt"]);
        Assert.Null((await reads.GetAsync("/api/session"))["secondFactor"]?["dueAt"]);
    }

    [Fact]
    public async Task A_role_in_use_is_not_ended_but_moved()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var project = await admin.ProjectOfAsync(home);
        var role = await admin.PostAsync($"/api/units/{home}/roles", new { name = Some.Name("reader"), permissions = Reading });
        var person = await server.JoinedAsync(admin, home, (string)role["role"]!); // a role has it
        using var refused = await admin.SendAsync(HttpMethod.Delete, $"/api/units/{home}/roles/{role["id"]}");
        await refused.ShouldBeProblemAsync(409, "role.in_use");
        using var unfit = await admin.SendAsync(HttpMethod.Delete, $"/api/units/{home}/roles/{role["id"]}?instead=emperor");
        await unfit.ShouldBeProblemAsync(422, "role.unfit");
        using var moved = await admin.SendAsync(HttpMethod.Delete, $"/api/units/{home}/roles/{role["id"]}?instead=manager");
        moved.EnsureSuccessStatusCode();
        using var manages = await person.SendAsync(HttpMethod.Patch, $"/api/projects/{project}", new { description = "now" });
        manages.EnsureSuccessStatusCode();
        using var again = await admin.SendAsync(HttpMethod.Delete, $"/api/units/{home}/roles/{role["id"]}");
        await again.ShouldBeProblemAsync(404, "role.not_found");
    }

    [Fact]
    public async Task A_role_that_takes_the_place_of_another_makes_nobody_an_administrator_by_the_way_and_shortens_nothing()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var branch = await admin.UnitAsync(home);
        var role = await admin.PostAsync($"/api/units/{home}/roles", new { name = Some.Name("reader"), permissions = Reading });
        var person = await server.JoinedAsync(admin, branch, "manager");
        var until = server.Clock.GetUtcNow().AddDays(1);
        using var own = await admin.GiveAsync(role.Text("role"), $"unit:{branch}", person.AccountId, expiresAt: until);
        using var all = await admin.GiveAsync(role.Text("role"), $"unit:{branch}", unit: branch);
        Assert.True(own.IsSuccessStatusCode && all.IsSuccessStatusCode);

        using var unfit = await admin.SendAsync(HttpMethod.Delete, $"/api/units/{home}/roles/{role["id"]}?instead=admin");
        await unfit.ShouldBeProblemAsync(422, "role.unfit");
        using var moved = await admin.SendAsync(HttpMethod.Delete, $"/api/units/{home}/roles/{role["id"]}?instead=manager");
        moved.EnsureSuccessStatusCode();
        Assert.Equal(1, await server.QueryAsync<int>(
            """
            select count(*)::int from access.grants
            where subject_kind = 'actor' and subject_id = @id and role = 'manager' and ended_at is null and expires_at is null
            """,
            new { id = person.AccountId }));
    }

    [Fact]
    public async Task A_role_holds_what_its_maker_holds_in_the_whole_organisation_and_nothing_of_the_server()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var branch = await admin.UnitAsync(home);
        var branchAdmin = await server.JoinedAsync(admin, branch, "admin");
        var name = Some.Name("role");
        using var taken = await admin.SendAsync(HttpMethod.Post, $"/api/units/{home}/roles", new { name, permissions = Reading });
        taken.EnsureSuccessStatusCode();
        foreach (var (who, unit, body, status, code) in new (Browser, long, object, int, string)[]
        {
            (branchAdmin, home, new { name = "Mine", permissions = Reading }, 403, "access.denied"),
            (branchAdmin, branch, new { name = "Mine", permissions = Reading }, 404, "access.not_found"),
            (admin, home, new { name = "Server", permissions = new[] { "backupRun" } }, 422, "role.permissions_invalid"),
            (admin, home, new { name = "Nothing", permissions = Array.Empty<string>() }, 422, "role.permissions_invalid"),
            (admin, home, new { name = "Unknown", permissions = new[] { "fly" } }, 400, "body.wrong_type"),
            (admin, home, new { name = name.ToUpperInvariant(), permissions = Reading }, 409, "role.name_taken"),
            (admin, home, new { name = new string('x', 101), permissions = Reading }, 422, "unit.name_invalid"),
        })
        {
            using var refused = await who.SendAsync(HttpMethod.Post, $"/api/units/{unit}/roles", body);
            await refused.ShouldBeProblemAsync(status, code);
        }

        var (otherAdmin, other) = await server.OrganisationAsync(admin);
        var role = (await admin.GetAsync($"/api/units/{home}/roles"))["items"]!.AsArray().Select(one => (string)one!["role"]!).Last(); // roles have it
        using var foreign = await otherAdmin.GiveAsync(role, $"unit:{other}", otherAdmin.AccountId);
        await foreign.ShouldBeProblemAsync(422, "role.unfit");
    }
}
