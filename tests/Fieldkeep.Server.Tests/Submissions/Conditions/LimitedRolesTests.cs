using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Submissions.Conditions;

/// <summary>Roles for some submissions: whose they are, what they allow, how they join and end.</summary>
public sealed class LimitedRolesTests(TestServer server) : RowConditionStage(server), IClassFixture<TestServer>
{
    [Fact]
    public async Task Own_submissions_are_those_one_sent_and_never_those_of_public_links()
    {
        var (admin, project) = await ArrangeAsync();
        var person = await Server.SignedInAsync("collector", project);
        await GiveAsync(admin, project, person.AccountId, "viewer", null);
        await admin.SendVillageAsync(project);
        var own = await person.SendVillageAsync(project);
        await admin.PostAsync($"{FormOf(project)}/public-links", new { displayName = "at the market" });
        await Server.QueryAsync<int>("update submissions.submissions set submitter_id = 0 where instance_id <> @own and project_id = @project", new { own, project });
        Assert.Equal([own], await ListAsync(person, project));
    }

    [Fact]
    public async Task Several_limits_join_a_full_role_lifts_them_and_each_ends_with_the_next_request()
    {
        var (admin, project) = await ArrangeAsync();
        var person = await Server.SignedInAsync("collector", project);
        var north = await admin.SendVillageAsync(project, "North one");
        var south = await admin.SendVillageAsync(project, "South one");
        var own = await person.SendVillageAsync(project, "West one");
        var byCondition = await GiveAsync(admin, project, person.AccountId, "viewer", await ConditionAsync(admin, project, OfNorth));
        var byOwn = await GiveAsync(admin, project, person.AccountId, "viewer", null);
        Assert.Equal([own, north], await ListAsync(person, project));
        await Server.AssignAsync(new ActorId(person.AccountId), "viewer", project, isHeld: true);
        Assert.Equal([own, south, north], await ListAsync(person, project));
        await Server.AssignAsync(new ActorId(person.AccountId), "viewer", project, isHeld: false);
        await StatusAsync(admin, HttpMethod.Delete, $"{FormOf(project)}/limited-roles/{byCondition}", 204);
        Assert.Equal([own], await ListAsync(person, project));
        await StatusAsync(admin, HttpMethod.Delete, $"{FormOf(project)}/limited-roles/{byOwn}", 204);
        await StatusAsync(person, HttpMethod.Get, $"{FormOf(project)}/rows", 403);
    }

    [Fact]
    public async Task A_limited_role_is_about_submissions_and_nothing_else()
    {
        var (admin, project) = await ArrangeAsync();
        var manager = await LimitedAsync(admin, project, OfNorth, "manager");
        await StatusAsync(manager, HttpMethod.Delete, $"/v1/projects/{project}/forms/village", 403);
        await StatusAsync(manager, HttpMethod.Get, $"{FormOf(project)}/row-conditions", 403, 404);
        await StatusAsync(manager, HttpMethod.Get, $"{FormOf(project)}/limited-roles", 403, 404);
        await StatusAsync(manager, HttpMethod.Get, $"/v1/projects/{project}/app-users", 403, 404);
        await StatusAsync(manager, HttpMethod.Get, $"/v1/projects/{project}/assignments", 403, 404);
    }

    [Fact]
    public async Task Roles_that_make_no_sense_are_refused()
    {
        var (admin, project) = await ArrangeAsync();
        var (_, person) = await Server.PersonAsync();
        var (other, elsewhere) = await ArrangeAsync();
        var foreign = await ConditionAsync(other, elsewhere, OfNorth);
        var path = $"{FormOf(project)}/limited-roles";
        await RefusedAsync(new { subjectId = person.Value, role = "viewer" }, 400, "role.unlimited");
        await RefusedAsync(new { subjectId = person.Value, role = "viewer", isOwn = true, conditionId = await ConditionAsync(admin, project, OfNorth) }, 400, "role.unlimited");
        await RefusedAsync(new { subjectId = person.Value, role = "viewer", conditionId = foreign }, 404, "row_condition.not_found");
        await RefusedAsync(new { subjectId = person.Value, role = "admin", isOwn = true }, 422, "role.unfit");
        await RefusedAsync(new { subjectId = 999_999, role = "viewer", isOwn = true }, 404, "actor.not_found");
        await RefusedAsync(new { subjectKind = "unit", subjectId = 999_999, role = "viewer", isOwn = true }, 404, "actor.not_found");
        await RefusedAsync(new { subjectKind = "everyone", role = "manager", isOwn = true }, 422, "role.unfit");
        await RefusedAsync(new { subjectId = person.Value, role = "viewer", isOwn = true, expiresAt = "2020-01-01T00:00:00Z" }, 400, "role.over");
        await GiveAsync(admin, project, person.Value, "viewer", null);
        await RefusedAsync(new { subjectId = person.Value, role = "viewer", isOwn = true }, 409, "role.held");

        async Task RefusedAsync(object body, int status, string code)
        {
            using var response = await admin.SendAsync(HttpMethod.Post, path, body);
            await response.ShouldBeProblemAsync(status, code);
        }
    }

    [Fact]
    public async Task A_units_people_lose_their_rows_with_their_membership_and_senders_are_known_by_their_unit_then()
    {
        var (admin, project) = await ArrangeAsync();
        var person = await Server.SignedInAsync("collector", project);
        var unit = await Server.QueryAsync<long>("select min(id) from organisations.units");
        var role = new { subjectKind = "unit", subjectId = unit, role = "viewer", conditionId = await ConditionAsync(admin, project, new { fact = "submitterUnit", op = "=", value = unit }) };
        await admin.PostAsync($"{FormOf(project)}/limited-roles", role);
        var byAdmin = await admin.SendVillageAsync(project);
        await person.SendVillageAsync(project);
        await StatusAsync(person, HttpMethod.Get, $"{FormOf(project)}/rows", 403);
        await MemberAsync("insert into access.members (unit_id, actor_id, since, added_by) values (@unit, @actor, now() - interval '1 second', 1) returning 1");
        Assert.Equal([byAdmin], await ListAsync(person, project));
        var later = await person.SendVillageAsync(project);
        Assert.Equal([later, byAdmin], await ListAsync(person, project));
        await MemberAsync("update access.members set until = now() where unit_id = @unit and actor_id = @actor returning 1");
        await StatusAsync(person, HttpMethod.Get, $"{FormOf(project)}/rows", 403);

        async Task MemberAsync(string sql)
        {
            await Server.QueryAsync<int>(sql, new { unit, actor = person.AccountId });
            Server.Services.GetRequiredService<Policy>().Forget();
        }
    }
}
