using System.Text.Json.Nodes;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static Fieldkeep.Server.Tests.Support.Scripts;

namespace Fieldkeep.Server.Tests.Submissions.Conditions;

public sealed class RowConditionsTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly object OfNorth = new { field = "/name", op = "starts-with", value = "North" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_sees_some_submissions_meets_them_at_every_door_and_the_others_nowhere()
    {
        var (admin, project) = await ArrangeAsync();
        List<string> north = [await admin.SendVillageAsync(project, "North one"), await admin.SendVillageAsync(project, "North two")];
        var south = await admin.SendVillageAsync(project, "South one", "well.jpg");
        await admin.SendAsync(HttpMethod.Post, $"{SubmissionOf(project, south)}/comments", new { body = "a remark" }).JsonAsync();
        var viewer = await LimitedAsync(admin, project, OfNorth);
        var (api, v1) = (FormOf(project), $"/v1/projects/{project}/forms/village");

        Assert.Equal(north.AsEnumerable().Reverse(), await ListAsync(viewer, project));
        Assert.Equal(2, (await viewer.GetAsync($"{api}/rows?limit=1"))["total"]?.GetValue<int>());
        Assert.Empty((await viewer.GetAsync($"{api}/rows?filter=startswith(name,'South')"))["rows"]?.AsArray() ?? []);
        Assert.Equal(2, (await viewer.GetAsync($"{api}/rows?filter=water eq 'well'&count=true"))["total"]?.GetValue<int>());
        Assert.Equal(2, (await viewer.PostAsync($"{api}/rows/search", new { order = "submitter" }))["rows"]?.AsArray().Count);
        Assert.Equal(4, (await viewer.GetAsync($"{api}/repeats/well/rows?count=true"))["total"]?.GetValue<int>());
        Assert.Equal(2, (await viewer.GetAsync($"{v1}.svc/Submissions?$count=true&$top=0"))["@odata.count"]?.GetValue<int>());
        Assert.Equal(2, (await viewer.GetAsync($"{v1}.svc/Submissions?$top=1&$count=true"))["@odata.count"]?.GetValue<int>());
        Assert.Equal(4, (await viewer.GetAsync($"{v1}.svc/Submissions.well?$count=true"))["@odata.count"]?.GetValue<int>());
        Assert.Equal(2, (await viewer.GetAsync($"{v1}/submissions")).AsArray().Count);
        Assert.Equal(2, (await viewer.PostAsync($"{api}/exports/preview", new { format = "csv" }))["submissions"]?.GetValue<int>());
        Assert.DoesNotContain("South", await viewer.SendAsync(HttpMethod.Get, $"{v1}/submissions.csv").TextAsync(), StringComparison.Ordinal);
        Assert.Equal(2, (await viewer.GetAsync("/api/projects/" + project))["submissions"]?.GetValue<int>());
        Assert.Equal(2, (await viewer.GetAsync($"/api/projects/{project}/forms"))["items"]?[0]?["submissions"]?.GetValue<int>());
        Assert.Single((await viewer.GetAsync($"{api}/submitters"))["items"]?.AsArray() ?? []);
        foreach (var door in new[]
        {
            $"{api}/submissions/{south}", $"{api}/submissions/{south}/xml", $"{api}/submissions/{south}/attachments/well.jpg",
            $"{api}/submissions/{south}/comments", $"{api}/submissions/{south}/history", $"{api}/submissions/{south}/changes",
            $"{v1}/submissions/{south}", $"{v1}/submissions/{south}.xml", $"{v1}/submissions/{south}/attachments",
            $"{v1}/submissions/{south}/attachments/well.jpg", $"{v1}/submissions/{south}/comments", $"{v1}/submissions/{south}/audits",
            $"{v1}/submissions/{south}/versions", $"{v1}/submissions/{south}/versions/{south}", $"{v1}/submissions/{south}/diffs",
            $"{v1}/submissions/{south}.geojson", $"{v1}.svc/Submissions('{south}')",
        })
        {
            await StatusAsync(viewer, HttpMethod.Get, door, 404);
            await StatusAsync(admin, HttpMethod.Get, door, door.Contains("attachments/", StringComparison.Ordinal) ? 404 : 200);
        }

        await viewer.GetAsync($"{api}/submissions/{north[0]}");
    }

    [Fact]
    public async Task Until_every_submission_was_asked_a_role_shows_nothing_and_what_was_there_before_is_found_then()
    {
        var (admin, project) = await ArrangeAsync();
        await admin.SendVillageAsync(project, "North one");
        var viewer = await LimitedAsync(admin, project, OfNorth);
        Assert.Single(await ListAsync(viewer, project));
        const string unready = """
            update submissions.row_conditions set ready_at = null, kinds = kinds || '?'
            where form_id = (select id from forms.forms where project_id = @project) returning 1
            """;
        await server.QueryAsync<int>(unready, new { project });
        await server.Services.GetRequiredService<KeepRowsAsked>().RunAsync(Token);
        Assert.Single(await ListAsync(viewer, project));
        Assert.Equal(
            "text",
            await server.QueryAsync<string>("select kinds from submissions.row_conditions where project_id = @project", new { project }));
    }

    [Fact]
    public async Task An_edit_brings_a_submission_in_or_takes_it_away_at_once()
    {
        var (admin, project) = await ArrangeAsync();
        var viewer = await LimitedAsync(admin, project, OfNorth);
        var id = await admin.SendVillageAsync(project, "North one");
        Assert.Equal([id], await ListAsync(viewer, project));
        var second = await EditAsync(admin, project, id, id, "South one");
        Assert.Empty(await ListAsync(viewer, project));
        await StatusAsync(viewer, HttpMethod.Get, SubmissionOf(project, id), 404);
        await EditAsync(admin, project, id, second, "North again");
        Assert.Equal([id], await ListAsync(viewer, project));
        await StatusAsync(admin, HttpMethod.Delete, SubmissionOf(project, id), 200);
        Assert.Empty(await ListAsync(viewer, project));
        await StatusAsync(admin, HttpMethod.Post, $"{SubmissionOf(project, id)}/restore", 200);
        Assert.Equal([id], await ListAsync(viewer, project));
    }

    [Fact]
    public async Task A_review_moves_submissions_between_people_at_once()
    {
        var (admin, project) = await ArrangeAsync();
        var approved = await LimitedAsync(admin, project, new { fact = "reviewState", op = "=", value = "approved" });
        var open = await LimitedAsync(admin, project, new { fact = "reviewState", op = "is-empty" });
        var id = await admin.SendVillageAsync(project);
        Assert.Empty(await ListAsync(approved, project));
        Assert.Equal([id], await ListAsync(open, project));
        await admin.SendAsync(HttpMethod.Put, $"{FormOf(project)}/submissions/{id}/review", new { reviewState = "approved" }).JsonAsync();
        Assert.Equal([id], await ListAsync(approved, project));
        Assert.Empty(await ListAsync(open, project));
        await EditAsync(admin, project, id, id, "Arua");
        Assert.Empty(await ListAsync(approved, project));
    }

    [Fact]
    public async Task Who_may_change_some_submissions_can_neither_touch_others_nor_move_one_out_of_reach()
    {
        var (admin, project) = await ArrangeAsync();
        var manager = await LimitedAsync(admin, project, OfNorth, "manager");
        var north = await admin.SendVillageAsync(project, "North one");
        var south = await admin.SendVillageAsync(project, "South one");
        await StatusAsync(manager, HttpMethod.Delete, SubmissionOf(project, south), 404);
        await PutAsync(manager, project, south, south, "North stolen", 404);
        await PutAsync(manager, project, north, north, "South lost", 403);
        Assert.Equal("North one", await NameAsync(admin, project, north));
        await PutAsync(manager, project, north, north, "North mended", 200);
        await manager.SendAsync(HttpMethod.Put, $"{FormOf(project)}/submissions/{north}/review", new { reviewState = "approved" }).JsonAsync();
        using var unseen = await manager.SendAsync(HttpMethod.Put, $"{FormOf(project)}/submissions/{south}/review", new { reviewState = "approved" });
        await unseen.ShouldBeProblemAsync(404, "submission.not_found");
        await StatusAsync(manager, HttpMethod.Delete, SubmissionOf(project, north), 200);
        await StatusAsync(manager, HttpMethod.Post, $"{SubmissionOf(project, north)}/restore", 200);
    }

    [Fact]
    public async Task Who_sees_all_and_may_change_some_is_refused_and_not_told_that_others_are_gone()
    {
        var (admin, project) = await ArrangeAsync();
        var person = await server.SignedInAsync("viewer", project);
        await GiveAsync(admin, project, person.AccountId, "manager", await ConditionAsync(admin, project, OfNorth));
        var south = await admin.SendVillageAsync(project, "South one");
        Assert.Equal([south], await ListAsync(person, project));
        using var review = await person.SendAsync(HttpMethod.Put, $"{FormOf(project)}/submissions/{south}/review", new { reviewState = "approved" });
        await review.ShouldBeProblemAsync(403, "access.denied");
        await StatusAsync(person, HttpMethod.Delete, SubmissionOf(project, south), 403);
        await PutAsync(person, project, south, south, "North stolen", 403);
    }

    [Fact]
    public async Task The_trash_shows_those_that_one_may_bring_back_though_one_sees_all()
    {
        var (admin, project) = await ArrangeAsync();
        var person = await server.SignedInAsync("viewer", project);
        var role = await GiveAsync(admin, project, person.AccountId, "manager", await ConditionAsync(admin, project, OfNorth));
        var (north, south) = (await admin.SendVillageAsync(project, "North one"), await admin.SendVillageAsync(project, "South one"));
        foreach (var id in (string[])[north, south])
        {
            await StatusAsync(admin, HttpMethod.Delete, SubmissionOf(project, id), 200);
        }

        var v1 = $"/v1/projects/{project}/forms/village";
        Assert.Equal(north, Assert.Single((await person.GetAsync($"{v1}/submissions?deleted=true")).AsArray()).Text("instanceId"));
        foreach (var filter in (string[])["__system/deletedAt ne null", "__system/deletedAt ne null and startswith(name,'')", "not (name eq 'x') or __system/deletedAt ne null"])
        {
            var feed = await person.GetAsync($"{v1}.svc/Submissions?$count=true&$filter={Uri.EscapeDataString(filter)}");
            Assert.Equal(north, Assert.Single(feed["value"]?.AsArray() ?? []).Text("__id"));
            Assert.Equal(1, feed["@odata.count"]?.GetValue<int>());
            Assert.Single((await person.GetAsync($"{FormOf(project)}/rows?filter={Uri.EscapeDataString(filter)}"))["rows"]?.AsArray() ?? []);
        }

        var file = await ExportAsync(person, project, "__system/deletedAt ne null");
        var text = await person.SendAsync(HttpMethod.Get, file).TextAsync();
        Assert.Contains("North one", text, StringComparison.Ordinal);
        Assert.DoesNotContain("South one", text, StringComparison.Ordinal);

        // The trash is gone with the right to it, even from a file of someone who sees all that is not in it.
        await StatusAsync(admin, HttpMethod.Delete, $"{FormOf(project)}/limited-roles/{role}", 204);
        await GiveAsync(admin, project, person.AccountId, "manager", await ConditionAsync(admin, project, new { field = "/name", op = "=", value = "West" }));
        using var gone = await person.SendAsync(HttpMethod.Get, file);
        await gone.ShouldBeProblemAsync(410, "export.out_of_reach");
    }

    [Fact]
    public async Task Several_reviews_change_all_or_none_or_those_that_are_permitted()
    {
        var (admin, project) = await ArrangeAsync();
        var manager = await LimitedAsync(admin, project, OfNorth, "manager");
        string[] ids = [await admin.SendVillageAsync(project, "North one"), await admin.SendVillageAsync(project, "South one"), await admin.SendVillageAsync(project, "North two")];
        var wanted = new { instanceIds = ids, reviewState = "approved" };
        using (var refused = await manager.SendAsync(HttpMethod.Put, $"{FormOf(project)}/reviews", wanted))
        {
            await refused.ShouldBeProblemAsync(403, "submission.some_not_permitted");
        }

        Assert.Equal([null, null, null], await StatesAsync());
        var done = await manager.SendAsync(HttpMethod.Put, $"{FormOf(project)}/reviews?partial=true", wanted).JsonAsync();
        Assert.Equal((2, 1), (done["changed"]?.GetValue<int>(), done["refused"]?.GetValue<int>()));
        Assert.Equal(["approved", null, "approved"], await StatesAsync());
        using var none = await manager.SendAsync(HttpMethod.Put, $"{FormOf(project)}/reviews", new { instanceIds = Array.Empty<string>(), reviewState = "approved" });
        await none.ShouldBeProblemAsync(400, "submission.bad_bulk");

        async Task<IEnumerable<string?>> StatesAsync() =>
            (await admin.GetAsync($"{FormOf(project)}/rows"))["rows"]?.AsArray().Select(row => row?["reviewState"]?.GetValue<string>()) ?? [];
    }

    [Fact]
    public async Task Own_submissions_are_those_one_sent_and_never_those_of_public_links()
    {
        var (admin, project) = await ArrangeAsync();
        var person = await server.SignedInAsync("collector", project);
        await GiveAsync(admin, project, person.AccountId, "viewer", null);
        await admin.SendVillageAsync(project);
        var own = await person.SendVillageAsync(project);
        await admin.PostAsync($"{FormOf(project)}/public-links", new { displayName = "at the market" });
        await server.QueryAsync<int>("update submissions.submissions set submitter_id = 0 where instance_id <> @own and project_id = @project", new { own, project });
        Assert.Equal([own], await ListAsync(person, project));
    }

    [Fact]
    public async Task Several_limits_join_a_full_role_lifts_them_and_each_ends_with_the_next_request()
    {
        var (admin, project) = await ArrangeAsync();
        var person = await server.SignedInAsync("collector", project);
        var north = await admin.SendVillageAsync(project, "North one");
        var south = await admin.SendVillageAsync(project, "South one");
        var own = await person.SendVillageAsync(project, "West one");
        var byCondition = await GiveAsync(admin, project, person.AccountId, "viewer", await ConditionAsync(admin, project, OfNorth));
        var byOwn = await GiveAsync(admin, project, person.AccountId, "viewer", null);
        Assert.Equal([own, north], await ListAsync(person, project));
        await server.AssignAsync(new ActorId(person.AccountId), "viewer", project, isHeld: true);
        Assert.Equal([own, south, north], await ListAsync(person, project));
        await server.AssignAsync(new ActorId(person.AccountId), "viewer", project, isHeld: false);
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
    public async Task A_finished_export_is_gone_once_it_holds_what_its_owner_does_not_see_any_more()
    {
        var (admin, project) = await ArrangeAsync();
        var viewer = await LimitedAsync(admin, project, OfNorth);
        var id = await admin.SendVillageAsync(project, "North one");
        await admin.SendVillageAsync(project, "South one");
        var file = await ExportAsync(viewer, project);
        var text = await viewer.SendAsync(HttpMethod.Get, file).TextAsync();
        Assert.Contains("North one", text, StringComparison.Ordinal);
        Assert.DoesNotContain("South one", text, StringComparison.Ordinal);
        await EditAsync(admin, project, id, id, "South two");
        using (var gone = await viewer.SendAsync(HttpMethod.Get, file))
        {
            await gone.ShouldBeProblemAsync(410, "export.out_of_reach");
        }

        // Made while they saw all, fetched when they see some.
        var person = await server.SignedInAsync("viewer", project);
        var all = await ExportAsync(person, project);
        await GiveAsync(admin, project, person.AccountId, "viewer", await ConditionAsync(admin, project, OfNorth));
        Assert.Contains("South one", await person.SendAsync(HttpMethod.Get, all).TextAsync(), StringComparison.Ordinal);
        await server.AssignAsync(new ActorId(person.AccountId), "viewer", project, isHeld: false);
        using var narrower = await person.SendAsync(HttpMethod.Get, all);
        await narrower.ShouldBeProblemAsync(410, "export.out_of_reach");
    }

    [Fact]
    public async Task What_a_condition_says_is_sealed_and_checked_and_kept_while_roles_need_it()
    {
        var (admin, project) = await ArrangeAsync();
        var path = $"{FormOf(project)}/row-conditions";
        var id = await ConditionAsync(admin, project, new { field = "/name", op = "=", value = "PLANTED-VALUE-77" });
        var listed = (await admin.GetAsync(path))["items"]?[0];
        Assert.Equal("PLANTED-VALUE-77", listed?["condition"].Text("value"));
        Assert.False(await server.QueryAsync<bool>(
            "select bool_or(position(convert_to('PLANTED-VALUE-77', 'UTF8') in body) > 0) from submissions.row_conditions"));

        using var invalid = await admin.SendAsync(
            HttpMethod.Post, path, new { name = "x", condition = new { all = new object[] { new { field = "/nam", op = "=", value = "a" }, new { field = "/name", op = "<<", value = 1 } } } });
        await invalid.ShouldBeProblemAsync(400, "row_condition.invalid");
        using var unknown = await admin.SendAsync(HttpMethod.Post, path, new { name = "x", condition = new { field = "/nam", op = "=", value = "a" } });
        var told = JsonNode.Parse(await unknown.Content.ReadAsStringAsync(Token));
        Assert.Equal("/field", told?["faults"]?[0].Text("place"));
        Assert.Contains("Did you mean “/name”?", told?["faults"]?[0].Text("message"), StringComparison.Ordinal);
        using var nameless = await admin.SendAsync(HttpMethod.Post, path, new { name = " ", condition = OfNorth });
        await nameless.ShouldBeProblemAsync(400, "row_condition.name_invalid");

        var (_, person) = await server.PersonAsync();
        var grant = await GiveAsync(admin, project, person.Value, "viewer", id);
        using var inUse = await admin.SendAsync(HttpMethod.Delete, $"{path}/{id}");
        await inUse.ShouldBeProblemAsync(409, "row_condition.in_use");
        await StatusAsync(admin, HttpMethod.Delete, $"{FormOf(project)}/limited-roles/{grant}", 204);
        await StatusAsync(admin, HttpMethod.Delete, $"{path}/{id}", 204);
        using var twice = await admin.SendAsync(HttpMethod.Delete, $"{path}/{id}");
        await twice.ShouldBeProblemAsync(404, "row_condition.not_found");
    }

    [Fact]
    public async Task Roles_that_make_no_sense_are_refused()
    {
        var (admin, project) = await ArrangeAsync();
        var (_, person) = await server.PersonAsync();
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
        var person = await server.SignedInAsync("collector", project);
        var unit = await server.QueryAsync<long>("select min(id) from organisations.units");
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
            await server.QueryAsync<int>(sql, new { unit, actor = person.AccountId });
            server.Services.GetRequiredService<Policy>().Forget();
        }
    }

    private static string FormOf(long project) => $"/api/projects/{project}/forms/village";

    private static async Task<string> ExportAsync(Browser browser, long project, string? filter = null)
    {
        var path = $"{FormOf(project)}/exports";
        var id = (await browser.PostAsync(path, new { format = "csv", filter })).Text("id");
        while ((await browser.GetAsync($"/api/exports/{id}")).Text("state") == "running")
        {
            await Task.Delay(20, Token);
        }

        return $"/api/exports/{id}/file";
    }

    private static async Task<List<string>> ListAsync(Browser browser, long project) =>
        [.. (await browser.GetAsync($"{FormOf(project)}/rows?limit=100"))["rows"]?.AsArray().Select(row => row.Text("instanceId")) ?? []];

    private static async Task<string?> NameAsync(Browser browser, long project, string id) =>
        (await browser.GetAsync($"{FormOf(project)}/rows?filter=__id eq '{id}'"))["rows"]?[0]?["values"]?["/name"]?.GetValue<string>();

    private static async Task<string> EditAsync(Browser browser, long project, string first, string current, string name)
    {
        var next = Village.NewId();
        await browser.SendXmlAsync(HttpMethod.Put, SubmissionOf(project, first), Village.Instance(next, name, deprecatedId: current)).JsonAsync();
        return next;
    }

    private static async Task PutAsync(Browser browser, long project, string first, string current, string name, int status)
    {
        using var response = await browser.SendXmlAsync(
            HttpMethod.Put, SubmissionOf(project, first), Village.Instance(Village.NewId(), name, deprecatedId: current));
        Assert.Equal(status, (int)response.StatusCode);
    }

    private static async Task StatusAsync(Browser browser, HttpMethod method, string path, params int[] statuses)
    {
        using var response = await browser.SendAsync(method, path);
        Assert.True(
            statuses.Contains((int)response.StatusCode), $"{method} {path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(Token)}");
    }

    private static async Task<long> GiveAsync(Browser admin, long project, long person, string role, long? condition) =>
        (await admin.PostAsync($"{FormOf(project)}/limited-roles", new { subjectId = person, role, isOwn = condition is null, conditionId = condition }))
        ["id"]?.GetValue<long>() ?? 0;

    private async Task<long> ConditionAsync(Browser admin, long project, object condition)
    {
        var made = await admin.PostAsync($"{FormOf(project)}/row-conditions", new { name = Some.Name("condition"), condition });
        await server.Services.GetRequiredService<KeepRowsAsked>().RunAsync(Token);
        return made["id"]?.GetValue<long>() ?? 0;
    }

    // Someone who fills in forms of the project, and sees what the condition holds for.
    private async Task<Browser> LimitedAsync(Browser admin, long project, object condition, string role = "viewer")
    {
        var person = await server.SignedInAsync("collector", project);
        await GiveAsync(admin, project, person.AccountId, role, await ConditionAsync(admin, project, condition));
        return person;
    }

    private async Task<(Browser Admin, long Project)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Village.Form());
        return (admin, project);
    }
}
