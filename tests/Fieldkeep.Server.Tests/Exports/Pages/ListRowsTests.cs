using System.Net;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.Pages;

public sealed class ListRowsTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task A_row_has_its_answers_by_path_and_what_is_known_about_it()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Household.Instance(id, name: "Zoë \"Z\" <b>", photo: "a.jpg", children: [("Bea", [])]));

        var page = await admin.GetAsync(PathOf(project));

        Assert.Equal(1, Number(page["total"]));
        Assert.Null(page["next"]);
        var row = Assert.Single(Rows(page));
        Assert.Equal(id, Text(row["instanceId"]));
        Assert.Equal("Zoë \"Z\" <b>", Text(row["values"]?["/who/name"]));
        Assert.Equal("-1.5 36.25 900.5 4", Text(row["values"]?["/place"]));
        Assert.Equal((0, 1), (Number(row["attachments"]?["present"]), Number(row["attachments"]?["expected"])));
        Assert.StartsWith("enumerator", Text(row["submitter"]?["name"]), StringComparison.Ordinal);
        Assert.Equal(0, Number(row["edits"]));
        Assert.Null(row["reviewState"]);
    }

    [Fact]
    public async Task Pages_are_newest_first_and_stay_in_order_while_others_arrive()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var ids = new List<string>();
        for (var at = 0; at < 25; at++)
        {
            ids.Add(Village.NewId());
            await phone.SendAsync(Household.Instance(ids[^1]));
        }

        var seen = new List<string>();
        var path = PathOf(project) + "?limit=10";
        for (string? next = null; ;)
        {
            var page = await admin.GetAsync(path + (next is null ? "" : $"&after={next}"));
            seen.AddRange(Rows(page).Select(row => Text(row["instanceId"])));
            await phone.SendAsync(Household.Instance(Village.NewId()));
            if (page["next"] is null)
            {
                break;
            }

            next = Text(page["next"]);
        }

        Assert.Equal(ids.AsEnumerable().Reverse(), seen);
    }

    [Fact]
    public async Task What_a_device_told_may_be_damaged_without_hiding_the_answers()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Village.Form());
        var id = Village.NewId();
        using var sent = await phone.SubmitAsync(Village.Instance(id, "Arua"));
        Assert.Equal(1, await server.QueryAsync<int>(
            "update submissions.versions set meta = decode('00', 'hex') where instance_id = @id returning 1", new { id }));

        var row = (await admin.GetAsync($"/api/projects/{project}/forms/village/rows"))["rows"]?[0];

        Assert.Null(row?["status"]);
        Assert.Equal("Arua", row?["values"]?["/name"]?.GetValue<string>());
    }

    [Fact]
    public async Task A_damaged_submission_is_a_row_that_says_so()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var (whole, damaged) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Household.Instance(whole));
        await phone.SendAsync(Household.Instance(damaged));
        await server.QueryAsync<int>(
            "update submissions.versions set xml = substr(xml, 1, 200) where instance_id = @damaged returning 1", new { damaged });

        var rows = Rows(await admin.GetAsync(PathOf(project)));
        using var one = await admin.SendAsync(
            HttpMethod.Get, $"/api/projects/{project}/forms/household/submissions/{Uri.EscapeDataString(damaged)}");

        Assert.Equal([damaged, whole], rows.Select(row => Text(row["instanceId"])));
        Assert.Equal(("damaged", null), (Text(rows[0]["status"]), rows[1]["status"]));
        Assert.Empty(rows[0]["values"]?.AsObject() ?? []);
        await one.ShouldBeProblemAsync(500, "submission.damaged");
    }

    [Theory]
    [InlineData("after=garbage", 400, "cursor.unreadable")]
    [InlineData("after=AAAAAAAAAAAA", 400, "cursor.unreadable")]
    [InlineData("after=1%27%20or%201=1", 400, "cursor.unreadable")]
    [InlineData("limit=0", 400, "query.bad_limit")]
    [InlineData("limit=10001", 400, "query.bad_limit")]
    public async Task A_cursor_or_limit_that_makes_no_sense_is_refused_in_words(string query, int status, string code)
    {
        var (admin, project, _) = await ArrangeAsync();

        using var response = await admin.SendAsync(HttpMethod.Get, $"{PathOf(project)}?{query}");

        await response.ShouldBeProblemAsync(status, code);
    }

    [Fact]
    public async Task Columns_are_those_of_all_versions_with_their_words()
    {
        var (admin, project, _) = await ArrangeAsync();
        await admin.ReviseAsync(project, Household.Form("2", "opinion"));

        var list = await admin.GetAsync($"/api/projects/{project}/forms/household/columns");

        var columns = Items(list["columns"]);
        Assert.Equal(
            ["/who/name", "/who/remark", "/who/opinion", "/place", "/assets", "/photo", "/meta/instanceID", "/meta/instanceName"],
            columns.Select(column => Text(column["path"])).OrderBy(Position));
        var assets = columns.Single(column => Text(column["path"]) == "/assets");
        Assert.Equal(("Assets", "selectMultiple"), (Text(assets["label"]), Text(assets["type"])));
        Assert.Equal(["A radio", "A bicycle"], Items(assets["choices"]).Select(choice => Text(choice["label"])));
        Assert.Equal(["/family/child", "/family/child/toy"], Items(list["repeats"]).Select(repeat => Text(repeat["path"])));

        // The order of the two first questions of both versions is ours to choose; the rest is the form's.
        static int Position(string path) => path switch
        {
            "/who/name" => 0,
            "/who/remark" => 1,
            "/who/opinion" => 2,
            "/place" => 3,
            "/assets" => 4,
            "/photo" => 5,
            "/meta/instanceID" => 6,
            _ => 7,
        };
    }

    [Fact]
    public async Task Reading_rows_needs_the_right_and_stands_in_the_audit_book()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Household.Instance(Village.NewId()));
        var viewer = await server.SignedInAsync("viewer", project);
        var collector = await server.SignedInAsync("collector", project);
        var stranger = await server.SignedInAsync("manager", await admin.ProjectAsync());

        await viewer.GetAsync(PathOf(project));
        using var asCollector = await collector.SendAsync(HttpMethod.Get, PathOf(project));
        using var asStranger = await stranger.SendAsync(HttpMethod.Get, PathOf(project));

        await asCollector.ShouldBeProblemAsync(403, "access.denied");
        await asStranger.ShouldBeProblemAsync(404, "access.not_found");
        Assert.Equal("1 submissions", await server.QueryAsync<string>(
            "select detail from audit.events where action = 'submission.list' and project_id = @project and actor_id = @actor",
            new { project, actor = viewer.AccountId }));
    }

    [Fact]
    public async Task The_answers_of_another_form_are_never_among_the_rows()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await admin.UploadAsync(project, Village.Form());
        var id = Village.NewId();
        await phone.SendAsync(Household.Instance(id));

        Assert.Empty(Rows(await admin.GetAsync($"/api/projects/{project}/forms/village/rows")));
        using var response = await admin.SendAsync(
            HttpMethod.Get, $"/api/projects/{project}/forms/village/submissions/{Uri.EscapeDataString(id)}");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    private static string PathOf(long project) => $"/api/projects/{project}/forms/household/rows";

    private static List<JsonNode> Rows(JsonNode page) => Items(page["rows"]);

    private static List<JsonNode> Items(JsonNode? node) => [.. node?.AsArray().OfType<JsonNode>() ?? []];

    private static string Text(JsonNode? node) => node?.GetValue<string>() ?? "(null)";

    private static long Number(JsonNode? node) => node?.GetValue<long>() ?? -1;

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await server.PhoneAsync(admin, project, Household.Form()));
    }
}
