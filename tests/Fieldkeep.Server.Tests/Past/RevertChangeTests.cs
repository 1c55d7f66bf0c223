using System.Net;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Past;

/// <summary>Brings settings and permissions back from the ledger, through the doors.</summary>
public sealed class RevertChangeTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly string[] Reading = ["projectRead", "formList", "formRead", "auditRead"];
    private static readonly string[] RuleActs = ["retention.end", "retention.change", "retention.add"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_project_was_called_comes_back_as_a_new_change_and_only_once()
    {
        var (admin, project) = await ProjectAsync("First");
        await ChangeAsync(admin, HttpMethod.Patch, $"/api/projects/{project}", new { name = "Second", description = "Wells" });
        var change = await NewestAsync(admin, project, "project.update");
        Assert.Equal(("First", "Second", true), (Text(change["before"], "name"), Text(change["after"], "name"), change["canRevert"]?.GetValue<bool>()));

        await DoneAsync(await RevertAsync(admin, project, change));
        using var twice = await RevertAsync(admin, project, change);

        var now = await admin.GetAsync($"/api/projects/{project}");
        Assert.Equal(("First", null), (Text(now, "name"), now["description"]?.ToString()));
        await twice.ShouldBeProblemAsync(409, "change.newer");
        var again = await NewestAsync(admin, project, "project.update");
        Assert.Equal(("Second", "First"), (Text(again["before"], "name"), Text(again["after"], "name")));
    }

    [Fact]
    public async Task An_older_change_is_reverted_only_by_who_names_the_newest()
    {
        var (admin, project) = await ProjectAsync("One");
        await ChangeAsync(admin, HttpMethod.Patch, $"/api/projects/{project}", new { name = "Two" });
        var older = await NewestAsync(admin, project, "project.update");
        await ChangeAsync(admin, HttpMethod.Patch, $"/api/projects/{project}", new { name = "Three" });
        var newer = await NewestAsync(admin, project, "project.update");

        using var refused = await RevertAsync(admin, project, older);
        var told = JsonNode.Parse(await refused.Content.ReadAsStringAsync(Token));
        Assert.Equal((409, "change.newer", Id(newer)), ((int)refused.StatusCode, Text(told, "code"), (long?)told?["newer"]?["id"]));
        using var forged = await RevertAsync(admin, project, older, Id(newer) - 1);
        await forged.ShouldBeProblemAsync(409, "change.newer");
        await DoneAsync(await RevertAsync(admin, project, older, Id(newer)));

        Assert.Equal("One", Text(await admin.GetAsync($"/api/projects/{project}"), "name"));
        await ChangeAsync(admin, HttpMethod.Patch, $"/api/projects/{project}", new { name = "One" });
        using var nothing = await RevertAsync(admin, project, await NewestAsync(admin, project, "project.update"));
        await nothing.ShouldBeProblemAsync(409, "change.nothing");
    }

    [Fact]
    public async Task Of_two_who_revert_at_once_one_is_told_of_the_other()
    {
        var (admin, project) = await ProjectAsync("Before");
        await ChangeAsync(admin, HttpMethod.Patch, $"/api/projects/{project}", new { name = "After" });
        var change = await NewestAsync(admin, project, "project.update");

        var both = await Task.WhenAll(RevertAsync(admin, project, change), RevertAsync(admin, project, change));

        Assert.Equal([HttpStatusCode.NoContent, HttpStatusCode.Conflict], both.Select(one => one.StatusCode).Order());
    }

    [Fact]
    public async Task Roles_forms_conditions_and_deployments_go_back()
    {
        var deployed = await Deployed.ArrangeAsync(server, 1);
        var (admin, project, form) = (deployed.Admin, deployed.Project, deployed.Form);
        var (_, person) = await server.PersonAsync();
        await server.JoinAsync(person, await admin.HomeAsync());
        await ChangeAsync(admin, HttpMethod.Post, "/api/access/grants", new { person = person.Value, role = "viewer", place = $"project:{project}" });
        await DoneAsync(await RevertAsync(admin, project, await NewestAsync(admin, project, "role.assign")));
        Assert.DoesNotContain(person.Value, await PeopleAsync(admin, project));
        await DoneAsync(await RevertAsync(admin, project, await NewestAsync(admin, project, "role.remove")));
        Assert.Contains(person.Value, await PeopleAsync(admin, project));

        await ChangeAsync(admin, HttpMethod.Patch, form, new { state = "closed" });
        await DoneAsync(await RevertAsync(admin, project, await NewestAsync(admin, project, "form.set_state")));
        Assert.Equal("open", Text(await admin.GetAsync(form), "state"));

        var condition = new { field = "/name", op = "starts-with", value = "North" };
        var made = await admin.PostAsync($"{form}/row-conditions", new { name = "North", condition });
        await ChangeAsync(admin, HttpMethod.Delete, $"{form}/row-conditions/{made["id"]}");
        await DoneAsync(await RevertAsync(admin, project, await NewestAsync(admin, project, "row_condition.remove")));
        var kept = Assert.Single(Deployed.Items(await admin.GetAsync($"{form}/row-conditions")));
        Assert.True(JsonNode.DeepEquals(made["condition"], kept["condition"]));

        var name = Text(await admin.GetAsync(deployed.Path), "name");
        await ChangeAsync(admin, HttpMethod.Patch, deployed.Path, new { name = "Renamed", options = new { reapproveOnEdit = true } });
        await DoneAsync(await RevertAsync(admin, project, await NewestAsync(admin, project, "deployment.change")));
        Assert.Equal(name, Text(await admin.GetAsync(deployed.Path), "name"));
        var (phone, _) = await admin.AppUserAsync(project);
        await deployed.AddAsync("enumerator", phone);
        await DoneAsync(await RevertAsync(admin, project, await NewestAsync(admin, project, "deployment.add_person")));
        Assert.DoesNotContain(phone.ToString(), (await admin.GetAsync($"{deployed.Path}/people")).ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_with_a_limit_or_an_end_comes_back_with_it()
    {
        var deployed = await Deployed.ArrangeAsync(server, 1);
        var (admin, project, form) = (deployed.Admin, deployed.Project, deployed.Form);
        var (_, person) = await server.PersonAsync();
        await server.JoinAsync(person, await admin.HomeAsync());
        var until = server.Clock.GetUtcNow().AddDays(3);
        await admin.PostAsync($"{form}/limited-roles", new { subjectKind = "actor", subjectId = person.Value, role = "viewer", isOwn = true, expiresAt = until });
        Task<string?> HeldAsync() => server.QueryAsync<string>(
            "select string_agg(role || ' ' || is_own || ' ' || coalesce(expires_at = @until, false), ',') from access.grants where subject_kind = 'actor' and subject_id = @id and ended_at is null and role = 'viewer'",
            new { id = person.Value, until });
        Assert.Equal("viewer true true", await HeldAsync());

        var grant = await server.QueryAsync<long>(
            "select id from access.grants where subject_kind = 'actor' and subject_id = @id and is_own and ended_at is null", new { id = person.Value });
        await ChangeAsync(admin, HttpMethod.Delete, $"/api/access/grants/{grant}");
        Assert.Null(await HeldAsync());
        await DoneAsync(await RevertAsync(admin, project, await NewestAsync(admin, project, "role.remove_limited")));
        Assert.Equal("viewer true true", await HeldAsync());

        await ChangeAsync(admin, HttpMethod.Post, "/api/access/grants", new { person = person.Value, role = "collector", place = $"project:{project}", expiresAt = until });
        await ChangeAsync(admin, HttpMethod.Post, "/api/access/grants", new { person = person.Value, role = "collector", place = $"project:{project}" });
        await DoneAsync(await RevertAsync(admin, project, await NewestAsync(admin, project, "role.assign")));
        Assert.Equal(1, await server.QueryAsync<long>(
            "select count(*) from access.grants where subject_id = @id and role = 'collector' and ended_at is null and expires_at = @until", new { id = person.Value, until }));
        await ChangeAsync(admin, HttpMethod.Delete, $"/v1/projects/{project}/assignments/formfill/{person.Value}");
        await DoneAsync(await RevertAsync(admin, project, await NewestAsync(admin, project, "role.remove")));
        Assert.Equal(1, await server.QueryAsync<long>(
            "select count(*) from access.grants where subject_id = @id and role = 'collector' and ended_at is null and expires_at = @until", new { id = person.Value, until }));
    }

    [Fact]
    public async Task Units_and_settings_of_the_server_go_back_for_who_reads_their_book()
    {
        var admin = await server.OrganisationAdminAsync();
        var unit = await admin.UnitAsync(await admin.HomeAsync(), name: "Old name");
        await ChangeAsync(admin, HttpMethod.Patch, $"/api/units/{unit}", new { name = "New name" });
        var change = Deployed.Items(await admin.GetAsync($"/api/changes?action=unit.rename&kind=unit&subject={unit}"))[0];
        using var unseen = await (await server.SignedInAsync("", 0)).SendAsync(HttpMethod.Post, $"/api/changes/{Id(change)}/revert", new { });
        await unseen.ShouldBeProblemAsync(404, "change.not_found");

        await DoneAsync(await admin.SendAsync(HttpMethod.Post, $"/api/changes/{Id(change)}/revert", new { }));

        Assert.Equal("Old name", Text((await admin.GetAsync($"/api/units/{unit}"))["unit"], "name"));
        await ChangeAsync(admin, HttpMethod.Post, "/v1/config/login-appearance", new { value = new { title = "Wells" } });
        var set = Deployed.Items(await admin.GetAsync("/api/changes?action=setting.set"))[0];
        await DoneAsync(await admin.SendAsync(HttpMethod.Post, $"/api/changes/{Id(set)}/revert", new { }));
        Assert.Equal(0, await server.QueryAsync<long>("select count(*) from organisations.settings where key = 'login-appearance'"));
    }

    [Fact]
    public async Task Stages_go_back_and_a_newer_change_of_them_is_told_before()
    {
        var deployed = await Deployed.ArrangeAsync(server, 2);
        var (admin, project) = (deployed.Admin, deployed.Project);
        var before = Deployed.Items(await admin.GetAsync(deployed.Path), "stages").Select(stage => Text(stage, "name")).ToList();
        await ChangeAsync(admin, HttpMethod.Put, $"{deployed.Path}/stages", new { stages = new[] { new { id = deployed.Stages[1], name = "Only", minApprovals = 2 } } });
        var change = await NewestAsync(admin, project, "deployment.replace_stages");

        var preview = await admin.GetAsync($"/api/projects/{project}/changes/{Id(change)}/revert");
        Assert.Equal((1, 2), (Deployed.Items(preview["now"] ?? change, "stages").Count, Deployed.Items(preview["then"] ?? change, "stages").Count));
        Assert.Null(preview["newer"]);
        await DoneAsync(await RevertAsync(admin, project, change));

        var after = Deployed.Items(await admin.GetAsync(deployed.Path), "stages");
        Assert.Equal(before, after.Select(stage => Text(stage, "name")));
        Assert.Equal(deployed.Stages[1], Id(after[1]));
        Assert.NotEqual(deployed.Stages[0], Id(after[0]));

        await ChangeAsync(admin, HttpMethod.Put, $"{deployed.Path}/stages", new { stages = Array.Empty<object>() });
        var emptied = await NewestAsync(admin, project, "deployment.replace_stages");
        var shown = await admin.GetAsync($"/api/projects/{project}/changes/{Id(change)}/revert");
        Assert.Equal(Id(emptied), Id(shown["newer"] ?? change));
        await DoneAsync(await RevertAsync(admin, project, change, Id(emptied)));
        Assert.Equal(2, Deployed.Items(await admin.GetAsync(deployed.Path), "stages").Count);
    }

    [Fact]
    public async Task Rules_of_second_factors_go_back()
    {
        var admin = await server.OrganisationAdminAsync();
        var unit = await admin.UnitAsync(await admin.HomeAsync(), name: "Ruled");
        await ChangeAsync(admin, HttpMethod.Put, $"/api/units/{unit}/security", new { secondFactorForEveryone = true });
        var change = Deployed.Items(await admin.GetAsync($"/api/changes?action=factor.rule&kind=unit&subject={unit}"))[0];
        Assert.Equal(("Ruled", true), (Text(change, "subjectName"), (bool?)change["canRevert"]));
        Assert.Equal(("true", "false"), (Text((await admin.GetAsync($"/api/changes/{Id(change)}/revert"))["now"], "required"), Text(change["before"], "required")));

        await DoneAsync(await admin.SendAsync(HttpMethod.Post, $"/api/changes/{Id(change)}/revert", new { }));

        Assert.Equal(false, (bool?)(await admin.GetAsync($"/api/units/{unit}/security"))["secondFactorForEveryone"]);
        using var again = await admin.SendAsync(HttpMethod.Get, $"/api/changes/{Id(change)}/revert");
        await again.ShouldBeProblemAsync(409, "change.nothing");
    }

    [Fact]
    public async Task What_cannot_be_seen_or_reverted_is_refused_with_why()
    {
        var (admin, project) = await ProjectAsync("Mine");
        var (_, other) = await ProjectAsync("Theirs");
        await ChangeAsync(admin, HttpMethod.Patch, $"/api/projects/{other}", new { name = "Changed" });
        var foreign = await NewestAsync(admin, other, "project.update");
        using var ofOther = await RevertAsync(admin, project, foreign);
        await ofOther.ShouldBeProblemAsync(404, "change.not_found");
        using var none = await admin.SendAsync(HttpMethod.Post, $"/api/projects/{project}/changes/999999999/revert", new { });
        await none.ShouldBeProblemAsync(404, "change.not_found");

        await admin.UploadAsync(project, Village.Form());
        using var publishing = await RevertAsync(admin, project, await NewestAsync(admin, project, "form.publish"));
        await publishing.ShouldBeProblemAsync(409, "change.not_revertible");
        var viewer = await server.SignedInAsync("viewer", project);
        using var denied = await RevertAsync(viewer, project, foreign);
        await denied.ShouldBeProblemAsync(403, "access.denied");
        using var unshown = await viewer.SendAsync(HttpMethod.Get, $"/api/projects/{project}/changes/{Id(foreign)}/revert");
        await unshown.ShouldBeProblemAsync(403, "access.denied");
        using var hidden = await RevertAsync(await server.SignedInAsync("", 0), project, foreign);
        await hidden.ShouldBeProblemAsync(404, "access.not_found");
        using var wrong = await admin.SendAsync(HttpMethod.Post, $"/api/projects/{project}/changes/{Id(foreign)}/revert", new { even = "newest" });
        await wrong.ShouldBeProblemAsync(400, "body.wrong_type");
    }

    [Fact]
    public async Task Changes_are_found_by_who_what_and_when_and_no_answer_is_among_them()
    {
        var (admin, project) = await ProjectAsync("Found");
        var phone = await server.PhoneAsync(admin, project, Village.Form());
        using var sent = await phone.SubmitAsync(Village.Instance(Village.NewId()));
        var all = Deployed.Items(await admin.GetAsync($"/api/projects/{project}/changes"));

        Assert.Contains("project.create", all.Select(one => Text(one, "action")));
        Assert.DoesNotContain("submission", all.Select(one => Text(one, "subjectKind")));
        var page = await admin.GetAsync($"/api/projects/{project}/changes?limit=2");
        var next = await admin.GetAsync($"/api/projects/{project}/changes?limit=500&before={page["next"]}");
        Assert.Equal(all.Select(Id), Deployed.Items(page).Concat(Deployed.Items(next)).Select(Id));
        Assert.Equal("app_user.create", Text(Assert.Single(Deployed.Items(await admin.GetAsync($"/api/projects/{project}/changes?action=app_user.create"))), "action"));
        Assert.Empty(Deployed.Items(await admin.GetAsync($"/api/projects/{project}/changes?actor=999999999")));
        Assert.Empty(Deployed.Items(await admin.GetAsync($"/api/projects/{project}/changes?until=2001-01-01T00:00:00Z")));
        Assert.Equal(all.Count, Deployed.Items(await admin.GetAsync($"/api/projects/{project}/changes?since=2001-01-01T00:00:00Z")).Count);
        Assert.Equal(all.Count, Deployed.Items(await admin.GetAsync($"/api/projects/{project}/changes?limit=500")).Count);
        using var many = await admin.SendAsync(HttpMethod.Get, $"/api/projects/{project}/changes?limit=100000");
        await many.ShouldBeProblemAsync(400, "query.bad_limit");
        using var wrong = await admin.SendAsync(HttpMethod.Get, $"/api/projects/{project}/changes?since=yesterday");
        await wrong.ShouldBeProblemAsync(400, "past.moment_invalid");
    }

    [Fact]
    public async Task What_a_condition_compares_with_is_told_nobody_who_gives_out_no_rights()
    {
        var deployed = await Deployed.ArrangeAsync(server, 1);
        var (admin, project, form) = (deployed.Admin, deployed.Project, deployed.Form);
        var condition = new { field = "/name", op = "starts-with", value = "Goma-canary" };
        var made = await admin.PostAsync($"{form}/row-conditions", new { name = "North", condition });
        await ChangeAsync(admin, HttpMethod.Delete, $"{form}/row-conditions/{made["id"]}");
        await admin.PostAsync($"{form}/row-conditions", new { name = "North", condition });
        var removed = await NewestAsync(admin, project, "row_condition.remove");
        var created = await NewestAsync(admin, project, "row_condition.create");
        var reading = await admin.PostAsync($"/api/units/{await admin.HomeAsync()}/roles", new { name = Some.Name("reader"), permissions = Reading });
        var reader = await server.JoinedAsync(admin, await admin.HomeAsync(), Text(reading, "role"));

        var pages = new List<string> { (await reader.GetAsync($"/api/projects/{project}/changes")).ToJsonString() };
        foreach (var change in new[] { removed, created })
        {
            using var preview = await reader.SendAsync(HttpMethod.Get, $"/api/projects/{project}/changes/{Id(change)}/revert");
            pages.Add(await preview.Content.ReadAsStringAsync(Token));
        }

        Assert.All(pages, page => Assert.DoesNotContain("Goma-canary", page, StringComparison.Ordinal));
        var shown = JsonNode.Parse(pages[2]);
        Assert.Equal((Id(created), true), (Id(shown?["change"] ?? removed), (bool?)shown?["change"]?["canRevert"]));
        Assert.Contains("Goma-canary", (await admin.GetAsync($"/api/projects/{project}/changes/{Id(created)}/revert")).ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_set_changed_and_ended_a_rule_that_deletes_is_told()
    {
        var (admin, project) = await ProjectAsync("Kept");
        var rule = await admin.PostAsync($"/api/projects/{project}/retention-rules", new { kind = "delete", days = 30 });
        await ChangeAsync(admin, HttpMethod.Put, $"/api/projects/{project}/retention-rules/{rule["id"]}", new { days = 20, version = 1 });
        await ChangeAsync(admin, HttpMethod.Post, $"/api/projects/{project}/retention-rules/{rule["id"]}/end", new { version = 2 });

        var told = Deployed.Items(await admin.GetAsync($"/api/projects/{project}/changes")).Where(one => Text(one, "action").StartsWith("retention.", StringComparison.Ordinal));

        Assert.Equal(RuleActs, told.Select(one => Text(one, "action")));
        Assert.DoesNotContain(told, one => (bool?)one["canRevert"] == true);
    }

    private static async Task<IReadOnlyList<long>> PeopleAsync(Browser admin, long project) =>
        [.. Deployed.Items(await admin.GetAsync($"/api/projects/{project}/people")).Select(Id)];

    private async Task<(Browser Admin, long Project)> ProjectAsync(string name)
    {
        var admin = await server.OrganisationAdminAsync();
        return (admin, await admin.ProjectAsync(name));
    }

    private static async Task ChangeAsync(Browser who, HttpMethod method, string path, object? body = null) =>
        await DoneAsync(body is null ? await who.SendAsync(method, path) : await who.SendAsync(method, path, body));

    private static async Task DoneAsync(HttpResponseMessage response)
    {
        using (response)
        {
            Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Token));
        }
    }

    private static async Task<JsonNode> NewestAsync(Browser who, long project, string action) =>
        Deployed.Items(await who.GetAsync($"/api/projects/{project}/changes?action={action}"))[0];

    private static Task<HttpResponseMessage> RevertAsync(Browser who, long project, JsonNode change, long? even = null) =>
        who.SendAsync(HttpMethod.Post, $"/api/projects/{project}/changes/{Id(change)}/revert", new { even });

    private static long Id(JsonNode change) => change["id"]?.GetValue<long>() ?? 0;

    private static string Text(JsonNode? node, string member) => node?[member]?.ToString() ?? "";
}
