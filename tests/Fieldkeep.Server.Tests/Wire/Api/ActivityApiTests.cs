using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

public sealed class ActivityApiTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task It_tells_who_did_what_newest_first_and_continues_where_one_stopped()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.AppUserAsync(project);
        await admin.AppUserAsync(project);

        var first = await admin.GetAsync($"/api/activity?project={project}&limit=2");
        var second = await admin.GetAsync($"/api/activity?project={project}&before={first["next"]}");
        var last = first["items"]?[1]?["at"]?.GetValue<string>() ?? "";
        var byInstant = await admin.GetAsync($"/api/activity?project={project}&before={Uri.EscapeDataString(last)}");

        Assert.Equal(["app_user.create", "app_user.create"], ActionsOf(first));
        Assert.Equal(["project.create"], ActionsOf(second));
        Assert.Contains("project.create", ActionsOf(byInstant));
        Assert.Equal("Organisation admin", second["items"]?[0]?["actor"]?["name"]?.GetValue<string>());
        Assert.Equal($"project {project}", second["items"]?[0]?["subject"]?.GetValue<string>());
    }

    [Fact]
    public async Task A_manager_reads_the_book_of_the_own_project_only()
    {
        var admin = await server.OrganisationAdminAsync();
        var (own, other) = (await admin.ProjectAsync(), await admin.ProjectAsync());
        var manager = await server.SignedInAsync("manager", own);

        var all = await manager.GetAsync("/api/activity");
        using var theirs = await manager.SendAsync(HttpMethod.Get, $"/api/activity?project={other}");

        Assert.All(all["items"]?.AsArray() ?? [], item => Assert.Equal(own, item?["project"]?.GetValue<long>()));
        Assert.NotEmpty(all["items"]?.AsArray() ?? []);
        await theirs.ShouldBeProblemAsync(404, "access.not_found");
    }

    [Fact]
    public async Task Sign_ins_that_failed_are_in_it_without_what_was_typed()
    {
        var admin = await server.OrganisationAdminAsync();
        var (email, id) = await server.PersonAsync();
        using var refused = await new Browser(server.CreateClient("127.0.4.1"))
            .SendAsync(HttpMethod.Post, "/api/session", new { email, password = "typed-by-mistake" });

        var book = await admin.GetAsync("/api/activity");

        var line = Assert.Single(
            book["items"]?.AsArray() ?? [], item => item?["subject"]?.GetValue<string>() == $"account {id}"
                && item["action"]?.GetValue<string>() == "session.refused");
        Assert.DoesNotContain("typed-by-mistake", book.ToJsonString(), StringComparison.Ordinal);
        Assert.Null(line?["detail"]);
    }

    [Fact]
    public async Task It_is_filtered_by_person_action_thing_and_day_and_downloaded_as_it_was_filtered()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Village.Form());
        using var sent = await phone.SubmitAsync(Village.Instance(Village.NewId()));
        var book = $"project={project}";
        var id = (await admin.GetAsync($"/api/activity?{book}&action=project.create"))["items"]?[0]?["actor"]?["id"];

        Assert.All(ActionsOf(await admin.GetAsync($"/api/activity?{book}&kind=app_user")), action => Assert.StartsWith("app_user.", action, StringComparison.Ordinal));
        Assert.DoesNotContain("submission.create", ActionsOf(await admin.GetAsync($"/api/activity?{book}&actor={id}")));
        Assert.Empty(ActionsOf(await admin.GetAsync($"/api/activity?{book}&until=2001-01-01T00:00:00Z")));
        var submission = (await admin.GetAsync($"/api/activity?{book}&action=submission.create&since=2001-01-01"))["items"]?[0];
        Assert.Equal(Village.FormId, submission?["form"]?.GetValue<string>());
        using var wrong = await admin.SendAsync(HttpMethod.Get, $"/api/activity?{book}&since=yesterday");
        await wrong.ShouldBeProblemAsync(400, "past.moment_invalid");

        using var csv = await admin.SendAsync(HttpMethod.Get, $"/api/activity/file?{book}&action=project.create");
        var lines = (await csv.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split("\r\n");
        Assert.Equal(("text/csv", 3), (csv.Content.Headers.ContentType?.MediaType, lines.Length));
        Assert.Contains($",project.create,project {project},", lines[1], StringComparison.Ordinal);
        var json = await admin.GetAsync($"/api/activity/file?{book}&format=json");
        var listed = await admin.GetAsync($"/api/activity?{book}&limit=500");

        // The list has the line about the download itself, too.
        Assert.Equal(listed["items"]?.AsArray().Count, json.AsArray().Count + 1);
        Assert.Equal(2, ActionsOf(listed).Count(action => action == "activity.download"));
        using var denied = await (await server.SignedInAsync("viewer", project)).SendAsync(HttpMethod.Get, $"/api/activity/file?{book}");
        await denied.ShouldBeProblemAsync(403, "access.denied");
    }

    [Fact]
    public async Task A_place_to_continue_from_that_makes_no_sense_is_refused()
    {
        var admin = await server.OrganisationAdminAsync();

        using var response = await admin.SendAsync(HttpMethod.Get, "/api/activity?before=yesterday");

        await response.ShouldBeProblemAsync(400, "audit.bad_cursor");
    }

    private static IEnumerable<string> ActionsOf(JsonNode page) =>
        (page["items"]?.AsArray() ?? []).Select(item => item?["action"]?.GetValue<string>() ?? "");
}
