using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

public sealed class RowSearchTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly string[] NameAndGone = ["/who/name", "/gone"];

    [Fact]
    public async Task A_search_finds_counts_and_gives_only_the_columns_asked_for()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var amina = await SendAsync(phone, "Amina", remark: "tall");
        await SendAsync(phone, "Bea");

        var page = await admin.PostAsync(
            PathOf(project), new { filter = "contains(tolower(who/name),tolower('MIN'))", count = true, columns = NameAndGone });

        var row = Assert.Single(page["rows"]?.AsArray() ?? []);
        Assert.Equal((1, amina), (page["total"]?.GetValue<int>(), Text(row?["instanceId"])));
        Assert.Equal("{\"/who/name\":\"Amina\"}", row?["values"]?.ToJsonString());
    }

    [Fact]
    public async Task Every_order_gives_each_row_once_over_its_pages()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var sent = new List<string>();
        for (var at = 0; at < 5; at++)
        {
            sent.Add(await SendAsync(phone, "Amina"));
        }

        await ReviewAsync(admin, project, sent[1], "rejected");
        await ReviewAsync(admin, project, sent[3], "approved");

        Assert.Equal(Enumerable.Reverse(sent), await ListAsync("newest", null));
        Assert.Equal(sent, await ListAsync("oldest", null));
        Assert.Equal([sent[3], sent[1]], (await ListAsync("updated", null)).Take(2));
        Assert.Equal([sent[0], sent[2], sent[4], sent[3], sent[1]], await ListAsync("reviewState", null));
        Assert.Equal([sent[3], sent[1]], await ListAsync("reviewState", "__system/reviewState ne null"));
        Assert.Equal(sent, await ListAsync("submitter", "who/name eq 'Amina'"));

        async Task<List<string>> ListAsync(string order, string? filter)
        {
            var found = new List<string>();
            string? after = null;
            do
            {
                var page = await admin.PostAsync(PathOf(project), new { order, filter, after, limit = 2, count = true });
                var rows = page["rows"]?.AsArray() ?? [];
                found.AddRange(rows.Select(row => Text(row?["instanceId"])));
                after = page["next"]?.GetValue<string>();
                Assert.True(found.Count <= 5, "Pages do not end.");
            }
            while (after is not null);
            return found;
        }
    }

    [Theory]
    [InlineData("near(place,-1.5,36.25,1)", 1)]
    [InlineData("near(place,-1.5,36.26,1000)", 0)]
    [InlineData("near(place,-1.5,36.26,1200)", 1)]
    [InlineData("near(place,88,-143.75,11000000)", 1)]
    [InlineData("not near(place,-1.5,36.26,1000)", 1)]
    public async Task A_place_is_found_by_its_distance_from_a_point(string filter, int found)
    {
        var (admin, project, phone) = await ArrangeAsync();
        await SendAsync(phone, "Amina");

        var page = await admin.PostAsync(PathOf(project), new { filter, count = true });

        Assert.Equal(found, page["total"]?.GetValue<int>());
    }

    [Theory]
    [InlineData("near(place,-1.5,36.25)", "filter.wrong_type")]
    [InlineData("near(who/name,-1.5,36.25,10)", "filter.wrong_type")]
    [InlineData("near(place,91,36.25,10)", "filter.wrong_type")]
    [InlineData("near(place,1,36.25,-10)", "filter.wrong_type")]
    [InlineData("who/nam eq 'x'", "filter.unknown_field")]
    public async Task A_filter_that_makes_no_sense_is_refused(string filter, string code)
    {
        var (admin, project, _) = await ArrangeAsync();

        using var response = await admin.SendAsync(HttpMethod.Post, PathOf(project), new { filter });

        await response.ShouldBeProblemAsync(400, code);
    }

    [Fact]
    public async Task A_place_in_one_order_means_nothing_in_another()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await SendAsync(phone, "Amina");
        await SendAsync(phone, "Bea");
        var next = Text((await admin.PostAsync(PathOf(project), new { limit = 1 }))["next"]);

        using var response = await admin.SendAsync(HttpMethod.Post, PathOf(project), new { limit = 1, after = next, order = "oldest" });

        await response.ShouldBeProblemAsync(400, "cursor.unreadable");
    }

    [Fact]
    public async Task What_is_sought_stands_in_no_log_and_in_no_book()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await SendAsync(phone, "Amina");
        const string Sought = "canaryword7351";

        await admin.PostAsync(PathOf(project), new { filter = $"contains(who/name,'{Sought}')", count = true });
        await admin.SendAsync(HttpMethod.Post, PathOf(project), new { filter = $"who/name eq {Sought}" });

        Assert.DoesNotContain(Sought, server.Log.Text, StringComparison.Ordinal);
        Assert.Equal(0, await server.QueryAsync<long>(
            "select count(*) from audit.events e where to_jsonb(e)::text like '%' || @sought || '%'", new { sought = Sought }));
    }

    [Fact]
    public async Task Columns_name_groups_repeats_and_the_questions_in_them()
    {
        var (admin, project, _) = await ArrangeAsync();

        var list = await admin.GetAsync($"/api/projects/{project}/forms/household/columns");

        Assert.Contains("/who Who", (list["groups"]?.AsArray() ?? []).Select(group => $"{Text(group?["path"])} {Text(group?["label"])}"));
        var repeats = (list["repeats"]?.AsArray() ?? []).Select(repeat =>
            $"{Text(repeat?["path"])}: {string.Join(' ', (repeat?["columns"]?.AsArray() ?? []).Select(column => Text(column?["path"])))}");
        Assert.Equal(["/family/child: /family/child/name", "/family/child/toy: /family/child/toy/kind"], repeats);
    }

    [Fact]
    public async Task Labels_come_in_the_language_asked_for_and_in_the_forms_own_when_it_has_not_that_one()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Translated);
        var id = Village.NewId();
        await phone.SendAsync($"<data id=\"household\" version=\"1\"><crop>maize</crop><meta><instanceID>{id}</instanceID></meta></data>");

        Assert.Equal(["French (fr)", "Culture", "Maïs", "Maïs"], await LabelsAsync("French (fr)"));
        Assert.Equal(["English (en)", "Crop", "Maize", "Maize"], await LabelsAsync("Klingon"));

        async Task<List<string>> LabelsAsync(string language)
        {
            var list = await admin.GetAsync($"/api/projects/{project}/forms/household/columns?language={Uri.EscapeDataString(language)}");
            Assert.Equal(["English (en)", "French (fr)"], (list["languages"]?.AsArray() ?? []).Select(one => Text(one)));
            var crop = list["columns"]?.AsArray().First(column => Text(column?["path"]) == "/crop");
            var record = await admin.GetAsync(
                $"/api/projects/{project}/forms/household/submissions/{Uri.EscapeDataString(id)}?language={Uri.EscapeDataString(language)}");
            return
            [
                Text(list["language"]), Text(crop?["label"]), Text(crop?["choices"]?[0]?["label"]),
                Text(record["tree"]?[0]?["choiceLabels"]?[0]),
            ];
        }
    }

    [Fact]
    public async Task Those_who_sent_are_listed_by_name()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await SendAsync(phone, "Amina");
        await SendAsync(phone, "Bea");

        var list = await admin.GetAsync($"/api/projects/{project}/forms/household/submitters");

        var only = Assert.Single(list["items"]?.AsArray() ?? []);
        Assert.NotEqual("", Text(only?["name"]));
        var page = await admin.PostAsync(PathOf(project), new { filter = $"__system/submitterId eq {only?["id"]}", count = true });
        Assert.Equal(2, page["total"]?.GetValue<int>());
    }

    private const string Translated = """
        <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
          <h:head><h:title>Household</h:title><model><itext>
            <translation lang="English (en)" default="true()"><text id="crop"><value>Crop</value></text><text id="maize"><value>Maize</value></text></translation>
            <translation lang="French (fr)"><text id="crop"><value>Culture</value></text><text id="maize"><value>Maïs</value></text></translation></itext>
            <instance><data id="household" version="1"><crop/><meta><instanceID/></meta></data></instance>
            <bind nodeset="/data/crop" type="string"/><bind nodeset="/data/meta/instanceID" type="string" jr:preload="uid"/></model></h:head>
          <h:body><select1 ref="/data/crop"><label ref="jr:itext('crop')"/><item><label ref="jr:itext('maize')"/><value>maize</value></item></select1></h:body></h:html>
        """;

    private static string PathOf(long project) => $"/api/projects/{project}/forms/household/rows/search";

    private static string Text(JsonNode? node) => node?.GetValue<string>() ?? "(null)";

    private static async Task<string> SendAsync(CollectClient phone, string name, string remark = "")
    {
        var id = Village.NewId();
        await phone.SendAsync(Household.Instance(id, name, remark: remark));
        return id;
    }

    private static async Task ReviewAsync(Browser admin, long project, string id, string reviewState)
    {
        var path = $"/api/projects/{project}/forms/household/submissions/{Uri.EscapeDataString(id)}/review";
        using var response = await admin.SendAsync(HttpMethod.Put, path, new { reviewState });
        Assert.True(response.IsSuccessStatusCode);
    }

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await server.PhoneAsync(admin, project, Household.Form()));
    }
}
