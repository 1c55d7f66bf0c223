using System.Text.Json.Nodes;
using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static Fieldkeep.Server.Tests.Support.Scripts;

namespace Fieldkeep.Server.Tests.Submissions.Conditions;

/// <summary>Which submissions a condition shows, and where.</summary>
public sealed class RowConditionsTests(TestServer server) : RowConditionStage(server), IClassFixture<TestServer>
{
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
        await Server.QueryAsync<int>(unready, new { project });
        await Server.Services.GetRequiredService<KeepRowsAsked>().RunAsync(Token);
        Assert.Single(await ListAsync(viewer, project));
        Assert.Equal(
            "text",
            await Server.QueryAsync<string>("select kinds from submissions.row_conditions where project_id = @project", new { project }));
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
        var person = await Server.SignedInAsync("viewer", project);
        var all = await ExportAsync(person, project);
        await GiveAsync(admin, project, person.AccountId, "viewer", await ConditionAsync(admin, project, OfNorth));
        Assert.Contains("South one", await person.SendAsync(HttpMethod.Get, all).TextAsync(), StringComparison.Ordinal);
        await Server.AssignAsync(new ActorId(person.AccountId), "viewer", project, isHeld: false);
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
        Assert.False(await Server.QueryAsync<bool>(
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

        var (_, person) = await Server.PersonAsync();
        var grant = await GiveAsync(admin, project, person.Value, "viewer", id);
        using var inUse = await admin.SendAsync(HttpMethod.Delete, $"{path}/{id}");
        await inUse.ShouldBeProblemAsync(409, "row_condition.in_use");
        await StatusAsync(admin, HttpMethod.Delete, $"{FormOf(project)}/limited-roles/{grant}", 204);
        await StatusAsync(admin, HttpMethod.Delete, $"{path}/{id}", 204);
        using var twice = await admin.SendAsync(HttpMethod.Delete, $"{path}/{id}");
        await twice.ShouldBeProblemAsync(404, "row_condition.not_found");
    }
}
