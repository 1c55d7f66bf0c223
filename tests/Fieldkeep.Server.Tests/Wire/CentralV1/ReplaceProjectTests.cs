using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

/// <summary>Central's deep update: <c>PUT /v1/projects/{id}</c>.</summary>
public sealed class ReplaceProjectTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task Details_are_replaced_and_what_is_absent_is_removed()
    {
        var admin = await server.AdminScriptAsync();
        var project = (long)(await admin.CallAsync(HttpMethod.Post, "/v1/projects", new { name = "Wells", description = "old" }))["id"]!; // a project has an id
        var replaced = await admin.CallAsync(HttpMethod.Put, $"/v1/projects/{project}", new { name = "Springs" });

        Assert.Equal(("Springs", null), ((string?)replaced["name"], (string?)replaced["description"]));
        using var nameless = await admin.SendAsync(HttpMethod.Put, $"/v1/projects/{project}", new { description = "x" });
        await nameless.ShouldBeCentralProblemAsync(400, 400.2m);
    }

    [Fact]
    public async Task States_and_assignments_become_what_is_sent()
    {
        var (admin, project, phones) = await ArrangeAsync();
        await admin.ShouldSucceedAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/clinic/assignments/2/{phones[0]}");
        await admin.CallAsync(HttpMethod.Put, $"/v1/projects/{project}", new
        {
            name = "Wells",
            forms = new object[]
            {
                new { xmlFormId = "clinic", state = "closing", assignments = Array.Empty<object>() },
                new
                {
                    xmlFormId = "village",
                    assignments = phones.Select(phone => new { roleId = 2, actorId = phone }),
                },
            },
        });

        Assert.Equal("closing", (string?)(await admin.GetAsync($"/v1/projects/{project}/forms/clinic"))["state"]);
        Assert.Equal("open", (string?)(await admin.GetAsync($"/v1/projects/{project}/forms/village"))["state"]);
        Assert.Equal(
            phones.Select(phone => (phone, "village")),
            (await admin.GetAsync($"/v1/projects/{project}/assignments/forms")).AsArray()
                .Select(one => ((long)one!["actorId"]!, (string)one["xmlFormId"]!)).Order()); // each has both
    }

    [Theory]
    [InlineData("""{"name":"Wells","forms":[]}""", 501, 501.2)]
    [InlineData("""{"name":"Wells","forms":[{"xmlFormId":"village"}]}""", 501, 501.2)]
    [InlineData("""{"name":"Wells","forms":[{"xmlFormId":"village"},{"xmlFormId":"none"}]}""", 501, 501.2)]
    [InlineData("""{"name":"Wells","forms":[{"xmlFormId":"village"},null]}""", 501, 501.2)]
    [InlineData("""{"name":"Wells","forms":[{"xmlFormId":"village"},{"xmlFormId":"village"}]}""", 400, 400.8)]
    [InlineData("""{"name":"Wells","forms":"all"}""", 400, 400.11)]
    [InlineData("""{"name":"Wells","forms":[{"xmlFormId":"clinic","state":"ajar"},{"xmlFormId":"village"}]}""", 400, 400.8)]
    [InlineData("""{"name":"Wells","forms":[{"xmlFormId":"clinic","state":"closed","assignments":[{"roleId":2,"actorId":99999999}]},{"xmlFormId":"village"}]}""", 400, 400.14)]
    [InlineData("""{"name":"Wells","forms":[{"xmlFormId":"clinic","assignments":[{"roleId":77,"actorId":1}]},{"xmlFormId":"village"}]}""", 400, 400.14)]
    [InlineData("""{"name":"Wells","forms":[{"xmlFormId":"clinic","assignments":[{"actorId":1}]},{"xmlFormId":"village"}]}""", 400, 400.2)]
    [InlineData("""{"name":"Wells","forms":[{"xmlFormId":"clinic","assignments":[{"roleId":2}]},{"xmlFormId":"village"}]}""", 400, 400.2)]
    public async Task What_cannot_be_done_whole_is_not_done_at_all(string body, int status, double code)
    {
        var (admin, project, _) = await ArrangeAsync();
        var before = await admin.GetAsync($"/v1/projects/{project}");
        using var response = await admin.SendAsync(HttpMethod.Put, $"/v1/projects/{project}", body);

        await response.ShouldBeCentralProblemAsync(status, (decimal)code);
        Assert.True(JsonNode.DeepEquals(before, await admin.GetAsync($"/v1/projects/{project}")));
        Assert.Equal("open", (string?)(await admin.GetAsync($"/v1/projects/{project}/forms/clinic"))["state"]);
    }

    [Fact]
    public async Task Who_may_not_change_the_project_is_refused_before_the_body_is_looked_at()
    {
        var (_, project, _) = await ArrangeAsync();
        var (viewer, _) = await server.ScriptOfAsync("viewer", project);
        var stranger = await server.ScriptAsync((await server.PersonAsync()).Id);
        using var denied = await viewer.SendAsync(HttpMethod.Put, $"/v1/projects/{project}", "no json");
        using var unseen = await stranger.SendAsync(HttpMethod.Put, $"/v1/projects/{project}", "no json");

        await denied.ShouldBeCentralProblemAsync(403, 403.1m);
        await unseen.ShouldBeCentralProblemAsync(404, 404.1m);
    }

    [Fact]
    public async Task The_list_of_projects_holds_forms_and_entity_lists_when_asked()
    {
        var (admin, project, _) = await ArrangeAsync();
        var (collector, _) = await server.ScriptOfAsync("collector", project);
        await admin.CallAsync(HttpMethod.Patch, $"/v1/projects/{project}/forms/clinic", new { state = "closed" });
        var full = (await admin.GetAsync("/v1/projects?forms=true&datasets=true")).AsArray().Single(one => (long?)one?["id"] == project);
        var plain = (await admin.GetAsync("/v1/projects")).AsArray().Single(one => (long?)one?["id"] == project);
        var seen = (await collector.GetAsync("/v1/projects?forms=true")).AsArray().Single();

        Assert.Equal(["clinic", "village"], full!["formList"]!.AsArray().Select(form => (string?)form?["xmlFormId"])); // it was asked for
        Assert.Equal(("[]", 2, 0), (full["datasetList"]?.ToJsonString(), (int?)full["forms"] ?? -1, (int?)full["datasets"] ?? -1));
        Assert.Contains("project.update", full["verbs"]!.AsArray().Select(verb => (string?)verb)); // lists have it
        Assert.Null(plain!["formList"]); // it was just found
        Assert.Equal(["village"], seen!["formList"]!.AsArray().Select(form => (string?)form?["xmlFormId"])); // it was asked for
        Assert.DoesNotContain("project.update", seen["verbs"]!.AsArray().Select(verb => (string?)verb)); // lists have it
    }

    private async Task<(Script Admin, long Project, long[] Phones)> ArrangeAsync()
    {
        var browser = await server.OrganisationAdminAsync();
        var project = await browser.ProjectAsync();
        await browser.UploadAsync(project, Village.Form());
        await browser.UploadAsync(project, Village.Form("clinic"));
        var (first, _) = await browser.AppUserAsync(project);
        var (second, _) = await browser.AppUserAsync(project);
        return (await server.AdminScriptAsync(), project, [first, second]);
    }
}
