using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Server.Wire.CentralV1;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

public sealed class AuditsV1Tests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_done_is_told_in_centrals_words_newest_first()
    {
        var (admin, project, id) = await ArrangeAsync();
        await admin.CallAsync(HttpMethod.Patch, $"/v1/users/{id}", new { displayName = "Ada" });
        await admin.ShouldSucceedAsync(HttpMethod.Post, $"/v1/assignments/admin/{id}");
        await admin.ShouldSucceedAsync(HttpMethod.Delete, $"/v1/assignments/admin/{id}");
        await admin.ShouldSucceedAsync(HttpMethod.Delete, $"/v1/users/{id}");

        var users = (await admin.GetAsync("/v1/audits?action=user&limit=5")).AsArray();
        Assert.Equal(
            ["user.delete", "user.assignment.delete", "user.assignment.create", "user.update", "user.create"],
            users.Select(line => (string?)line?["action"]));
        Assert.Equal(
            ["actorId", "action", "acteeId", "details", "loggedAt", "notes"], users[0]!.AsObject().Select(member => member.Key)); // five lines
        Assert.Equal("""{"roleId":1,"grantedActeeId":"*"}""", users[2]?["details"]?.ToJsonString());
        Assert.Equal($"account:{id}", (string?)users[0]?["acteeId"]);
        var projects = (await admin.GetAsync("/v1/audits?action=project.create")).AsArray();
        Assert.Equal($"project:{project}", (string?)projects[0]?["acteeId"]);
        Assert.All(projects, line => Assert.Equal("project.create", (string?)line?["action"]));
    }

    [Fact]
    public async Task Extended_metadata_shows_who_did_it_and_to_what()
    {
        var (admin, project, id) = await ArrangeAsync();
        var browser = await server.OrganisationAdminAsync();
        await browser.UploadAsync(project, Village.Form());
        await admin.CallAsync(HttpMethod.Patch, $"/v1/projects/{project}/forms/village", new { state = "closing" });
        await admin.CallAsync(HttpMethod.Patch, $"/v1/users/{id}", new { displayName = "Grace" });
        var lines = (await admin.GetAsync("/v1/audits?limit=2", isExtended: true)).AsArray();
        var created = (await admin.GetAsync("/v1/audits?action=project.create&limit=1", isExtended: true)).AsArray().Single();

        Assert.Equal(browser.AccountId, (long?)lines[0]?["actor"]?["id"]);
        Assert.Equal(("user", "Grace"), ((string?)lines[0]?["actee"]?["type"], (string?)lines[0]?["actee"]?["displayName"]));
        Assert.Equal("village", (string?)lines[1]?["actee"]?["xmlFormId"]);
        Assert.Equal(project, (long?)created?["actee"]?["id"]);
    }

    [Fact]
    public async Task Parts_and_times_and_actors_are_chosen()
    {
        var (admin, project, id) = await ArrangeAsync();
        var actor = (await admin.GetAsync("/v1/users/current"))["id"];
        for (var time = 0; time < 3; time++)
        {
            server.Clock.Advance(TimeSpan.FromMinutes(1));
            await admin.CallAsync(HttpMethod.Patch, $"/v1/projects/{project}", new { name = $"Wells {time}" });
        }

        var all = (await admin.GetAsync("/v1/audits?action=project.update")).AsArray();
        var second = (await admin.GetAsync("/v1/audits?action=project.update&offset=1&limit=1")).AsArray().Single();
        var at = (string?)second?["loggedAt"];
        Assert.Equal((string?)all[1]?["loggedAt"], at);
        Assert.Single((await admin.GetAsync($"/v1/audits?action=project.update&start={at}&end={(string?)all[0]?["loggedAt"]}")).AsArray());
        Assert.Equal(all.Count, (await admin.GetAsync("/v1/audits?action=project.update&start=2000-01-01z&end=2999-01-01T00:00:00%2B08")).AsArray().Count);
        Assert.Empty((await admin.GetAsync("/v1/audits?end=2000-01-01")).AsArray());
        Assert.Empty((await admin.GetAsync($"/v1/audits?actor={id}")).AsArray());
        Assert.Equal(all.Count, (await admin.GetAsync($"/v1/audits?actor={actor}&action=project.update")).AsArray().Count);
    }

    [Theory]
    [InlineData("start=yesterday")]
    [InlineData("end=2026-13-01")]
    [InlineData("actor=me")]
    [InlineData("limit=-1")]
    [InlineData("offset=many")]
    public async Task What_is_no_instant_and_no_number_is_refused(string query)
    {
        var admin = await server.AdminScriptAsync();
        using var response = await admin.SendAsync(HttpMethod.Get, $"/v1/audits?{query}");

        await response.ShouldBeCentralProblemAsync(400, 400.11m);
    }

    [Fact]
    public async Task A_manager_reads_the_lines_of_the_project_and_a_viewer_none()
    {
        var (admin, project, _) = await ArrangeAsync();
        await ArrangeAsync();
        var (manager, _) = await server.ScriptOfAsync("manager", project);
        var (viewer, _) = await server.ScriptOfAsync("viewer", project);
        using var denied = await viewer.SendAsync(HttpMethod.Get, "/v1/audits");

        var lines = (await manager.GetAsync("/v1/audits", isExtended: true)).AsArray();
        Assert.Contains(lines, line => (string?)line?["action"] == "project.create");
        Assert.DoesNotContain(lines, line => (string?)line?["action"] == "user.create");
        Assert.All(lines.Where(line => (string?)line?["action"] == "project.create"), line => Assert.Equal(project, (long?)line?["actee"]?["id"]));
        Assert.NotEmpty((await admin.GetAsync("/v1/audits?limit=1")).AsArray());
        await denied.ShouldBeCentralProblemAsync(403, 403.1m);
    }

    [Fact]
    public async Task Nonverbose_leaves_out_what_phones_do_all_day()
    {
        var (admin, project, _) = await ArrangeAsync();
        var browser = await server.OrganisationAdminAsync();
        await browser.UploadAsync(project, Village.Form());
        var phone = await server.PhoneAsync(browser, project);
        var instance = Village.NewId();
        using var sent = await phone.SubmitAsync(Village.Instance(instance));
        sent.EnsureSuccessStatusCode();

        var submission = (await admin.GetAsync("/v1/audits?action=submission.create&limit=1")).AsArray().Single();
        Assert.Equal(instance, (string?)submission?["details"]?["instanceId"]);
        Assert.DoesNotContain(
            (await admin.GetAsync("/v1/audits?action=nonverbose")).AsArray(),
            line => ((string?)line?["action"] ?? "").StartsWith("submission.", StringComparison.Ordinal));
        var own = await server.Services.GetRequiredService<AuditEntries>()
            .ListOfSubmissionAsync(new ProjectId(project), [instance], isExtended: true, Token);
        Assert.Equal("submission.create", Assert.Single(own).Action);
        Assert.Equal("field_key", own[0].Actor?.Type);
    }

    [Theory]
    [InlineData("50%25%20checked", "50% checked")]
    [InlineData("plain", "plain")]
    [InlineData("gepr%C3%BCft", "geprüft")]
    public async Task Notes_are_kept_sealed_and_read_back(string header, string notes)
    {
        var (admin, project, _) = await ArrangeAsync();
        using var changed = await admin.SendAsync(
            HttpMethod.Patch, $"/v1/projects/{project}", new { name = "Wells" }, ("X-Action-Notes", header));
        changed.EnsureSuccessStatusCode();

        Assert.Equal(notes, (string?)(await admin.GetAsync("/v1/audits?action=project.update&limit=1")).AsArray().Single()?["notes"]);
    }

    [Theory]
    [InlineData("%zz")]
    [InlineData("%e2%28%a1")]
    [InlineData("100%")]
    public async Task Notes_that_are_no_text_are_refused(string header)
    {
        var (admin, project, _) = await ArrangeAsync();
        using var response = await admin.SendAsync(
            HttpMethod.Patch, $"/v1/projects/{project}", new { name = "Wells" }, ("X-Action-Notes", header));

        await response.ShouldBeCentralProblemAsync(400, 400.6m);
    }

    private async Task<(Script Admin, long Project, long Person)> ArrangeAsync()
    {
        var admin = await server.AdminScriptAsync();
        var project = (long)(await admin.CallAsync(HttpMethod.Post, "/v1/projects", new { name = Some.Name("project") }))["id"]!; // a project has an id
        var person = (long)(await admin.CallAsync(HttpMethod.Post, "/v1/users", new { email = Some.Email() }))["id"]!; // a user has an id
        return (admin, project, person);
    }
}
