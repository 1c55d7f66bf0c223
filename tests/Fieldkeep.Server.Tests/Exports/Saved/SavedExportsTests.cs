using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Exports.Saved;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.Saved;

public sealed class SavedExportsTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Planted = "PLANTED-7c1e";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_saved_export_is_listed_fetched_by_its_link_and_removed()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Household.Instance(Village.NewId(), name: Planted));
        await phone.SendAsync(Household.Instance(Village.NewId(), name: "Amina"));

        var saved = await SaveAsync(admin, project);
        var (link, url) = await LinkAsync(admin, project, saved);
        var rows = Encoding.UTF8.GetBytes(await TextAsync(url)).ReadCsv();
        var listed = Assert.Single(await ListAsync(admin, project)) ?? new JsonObject();

        Assert.Equal(Planted, Assert.Single(rows)["who-name"]);
        Assert.Equal(("Monthly", "csv"), (listed["name"]?.GetValue<string>(), listed["export"]?["format"]?.GetValue<string>()));
        var shown = Assert.Single(listed["links"] as JsonArray ?? []);
        Assert.Equal(link, shown?["id"]?.GetValue<long>());
        Assert.NotNull(shown?["lastUsedAt"]);
        Assert.DoesNotContain("/export-links/", listed.ToJsonString(), StringComparison.Ordinal);
        using var removed = await admin.SendAsync(HttpMethod.Delete, $"{PathOf(project)}/{saved}");
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        Assert.Empty(await ListAsync(admin, project));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(url));
    }

    [Fact]
    public async Task Neither_the_token_nor_what_a_filter_says_lies_in_the_clear()
    {
        var (admin, project, _) = await ArrangeAsync();
        var saved = await SaveAsync(admin, project);
        var (_, url) = await LinkAsync(admin, project, saved);

        var stored = await server.QueryAsync<string>(
            "select string_agg(saved::text || links::text, ' ') from exports.saved join exports.links on saved_id = saved.id where project_id = @project",
            new { project });

        Assert.DoesNotContain(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Planted)), stored, StringComparison.Ordinal);
        Assert.DoesNotContain(url.Segments[^1], stored, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(url.Segments[^1])), stored, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_opens_nothing_when_revoked_expired_unknown_or_when_its_maker_may_not_export()
    {
        var (admin, project, _) = await ArrangeAsync();
        var viewer = await server.SignedInAsync("viewer", project);
        var saved = await SaveAsync(viewer, project);
        var (link, revoked) = await LinkAsync(viewer, project, saved);
        var (late, expired) = await LinkAsync(viewer, project, saved);
        var (_, works) = await LinkAsync(viewer, project, saved);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(works));

        using var done = await viewer.SendAsync(HttpMethod.Delete, $"{PathOf(project)}/{saved}/links/{link}");
        await server.QueryAsync<int>(
            "update exports.links set expires_at = now() - interval '1 second' where id = @late returning 1", new { late });
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(revoked));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(expired));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(new Uri(works, "unknown")));

        await server.AssignAsync(new ActorId(viewer.AccountId), "viewer", project, isHeld: false);
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(works));
        Assert.Single(await ListAsync(admin, project));
    }

    [Fact]
    public async Task A_link_opens_nothing_once_its_maker_says_that_it_was_not_them()
    {
        var (_, project, _) = await ArrangeAsync();
        var viewer = await server.SignedInAsync("viewer", project);
        var (_, url) = await LinkAsync(viewer, project, await SaveAsync(viewer, project));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(url));

        using var disowned = await viewer.SendAsync(HttpMethod.Post, "/api/account/disown");

        Assert.Equal(HttpStatusCode.NoContent, disowned.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(url));
    }

    [Fact]
    public async Task A_link_used_too_often_within_an_hour_is_told_when_to_come_again_and_others_go_on()
    {
        var (admin, project, _) = await ArrangeAsync();
        var saved = await SaveAsync(admin, project);
        var (_, busy) = await LinkAsync(admin, project, saved);
        var (_, other) = await LinkAsync(admin, project, saved);
        for (var use = 0; use < OpenExportLink.MostRequests; use++)
        {
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(busy));
        }

        using var client = server.CreateClient();
        using var refused = await client.GetAsync(new Uri(busy.AbsolutePath, UriKind.Relative), Token);

        await refused.ShouldBeProblemAsync(429, "export.link_too_fast");
        Assert.InRange(refused.Headers.RetryAfter?.Delta ?? TimeSpan.Zero, TimeSpan.FromMinutes(50), OpenExportLink.Window);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(other));
        server.Clock.Advance(OpenExportLink.Window);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(busy));
    }

    [Fact]
    public async Task What_a_link_reads_stands_in_the_audit_book_under_its_maker()
    {
        var (_, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Household.Instance(Village.NewId(), name: Planted));
        var viewer = await server.SignedInAsync("viewer", project);
        var (link, url) = await LinkAsync(viewer, project, await SaveAsync(viewer, project));

        await TextAsync(url);

        Assert.Equal($"1 submissions as CSV, by link {link}", await server.QueryAsync<string>(
            "select detail from audit.events where action = 'submission.export' and project_id = @project and actor_id = @actor",
            new { project, actor = viewer.AccountId }));
    }

    [Fact]
    public async Task Those_who_may_not_export_save_nothing_and_see_nothing()
    {
        var (_, project, _) = await ArrangeAsync();
        var collector = await server.SignedInAsync("collector", project);

        using var listed = await collector.SendAsync(HttpMethod.Get, PathOf(project));
        using var saved = await collector.SendAsync(HttpMethod.Post, PathOf(project), new { name = "Mine", export = new { format = "csv" } });

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (listed.StatusCode, saved.StatusCode));
    }

    [Theory]
    [InlineData("", "csv", "", 422, "export.name_invalid")]
    [InlineData("ok", "docx", "", 422, "export.unknown_format")]
    [InlineData("ok", "csv", "nothing eq", 400, "filter.unreadable")]
    public async Task What_could_not_be_made_is_not_saved(string name, string format, string filter, int status, string code)
    {
        var (admin, project, _) = await ArrangeAsync();

        using var response = await admin.SendAsync(
            HttpMethod.Post, PathOf(project), new { name, export = new { format, filter = filter.Length == 0 ? null : filter } });

        await response.ShouldBeProblemAsync(status, code);
    }

    private static string PathOf(long project) => $"/api/projects/{project}/forms/household/saved-exports";

    private static async Task<string> SaveAsync(Browser browser, long project)
    {
        var made = await browser.PostAsync(
            PathOf(project), new { name = " Monthly ", export = new { format = "csv", filter = $"who/name eq '{Planted}'" } });
        return made["id"]?.GetValue<string>() ?? "";
    }

    private static async Task<(long Id, Uri Url)> LinkAsync(Browser browser, long project, string saved)
    {
        var made = await browser.PostAsync($"{PathOf(project)}/{saved}/links", new { days = 30 });
        return (made["id"]?.GetValue<long>() ?? 0, new Uri(made["url"]?.GetValue<string>() ?? ""));
    }

    private static async Task<JsonArray> ListAsync(Browser browser, long project)
    {
        using var response = await browser.SendAsync(HttpMethod.Get, PathOf(project));
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(Token)) as JsonArray ?? [];
    }

    private async Task<HttpStatusCode> StatusAsync(Uri url)
    {
        using var client = server.CreateClient();
        using var response = await client.GetAsync(new Uri(url.AbsolutePath, UriKind.Relative), Token);
        return response.StatusCode;
    }

    private async Task<string> TextAsync(Uri url)
    {
        using var client = server.CreateClient();
        using var response = await client.GetAsync(new Uri(url.AbsolutePath, UriKind.Relative), Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync(Token);
    }

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await server.PhoneAsync(admin, project, Household.Form()));
    }
}
