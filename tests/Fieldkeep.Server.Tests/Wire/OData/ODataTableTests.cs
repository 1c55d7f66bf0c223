using System.Net;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.OData;

public sealed class ODataTableTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Answers = """
        <name>Vick &amp; "co" é</name><age>34</age><weight>12.50</weight><born>1990-02-03</born><met>2026-11-21T08:00:00.000+07</met>
        <consent>true</consent><place>-1.5 36.25 900.5 4</place><way>1 2 3 4;5 6 7 8; </way><field>1 2 0 0;3 4 0 0;1 2 0 0</field>
        <photo>a.jpg</photo><q-1.5>odd</q-1.5>
        """;

    private static readonly string[] OneToy = ["x"];

    [Fact]
    public async Task A_row_has_its_answers_in_their_types_and_what_is_known_about_it()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Toys.Instance("double", Answers, ("Alice", []), ("Bob", ["Car"])));

        var page = await admin.GetAsync(Toys.Feed(project) + "/Submissions");

        Assert.Equal($"{Site}{Toys.Feed(project)}/$metadata#Submissions", page["@odata.context"]?.GetValue<string>());
        Assert.Null(page["@odata.nextLink"]);
        Assert.Null(page["@odata.count"]);
        var row = Assert.Single(page.Rows()).AsObject();
        var system = row["__system"]!.AsObject(); // a row has it
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", system["submissionDate"]?.GetValue<string>());
        Assert.StartsWith("enumerator", system["submitterName"]?.GetValue<string>(), StringComparison.Ordinal);
        Assert.Matches(@"^\d+$", system["submitterId"]?.GetValue<string>());
        foreach (var name in new[] { "submissionDate", "submitterName", "submitterId" })
        {
            system.Remove(name);
        }

        ShouldBe(
            row,
            """
            {"__id":"double","__system":{"updatedAt":null,"attachmentsPresent":0,"attachmentsExpected":1,"status":null,
            "reviewState":null,"deviceId":null,"edits":0,"formVersion":"1","deletedAt":null},
            "name":"Vick & \"co\" é","age":34,"weight":12.50,"born":"1990-02-03","met":"2026-11-21T08:00:00.000+07:00","consent":true,
            "place":{"type":"Point","coordinates":[36.25,-1.5,900.5],"properties":{"accuracy":4}},
            "way":{"type":"LineString","coordinates":[[2,1,3],[6,5,7]],"properties":{"accuracies":[4,8]}},
            "field":{"type":"Polygon","coordinates":[[[2,1,0],[4,3,0],[2,1,0]]]},
            "photo":"a.jpg","q_1_5":"odd","children":{"child@odata.navigationLink":"Submissions('double')/children/child"},
            "meta":{"instanceID":"double"}}
            """);
    }

    [Fact]
    public async Task Rows_of_repeats_have_the_ids_and_links_that_central_computes()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Toys.Instance("double", "", ("Alice", []), ("Bob", ["Car", "Kite"])));

        var children = await admin.GetAsync(Toys.Feed(project) + "/Submissions.children.child");
        var toys = await admin.GetAsync(Toys.Feed(project) + "/Submissions.children.child.toys.toy");

        Assert.Equal($"{Site}{Toys.Feed(project)}/$metadata#Submissions.children.child", children["@odata.context"]?.GetValue<string>());
        ShouldBe(
            children["value"],
            """
            [{"__id":"46ebf42ee83ddec5028c42b2c054402d1e700208","__Submissions-id":"double","name":"Alice","toys":{}},
            {"__id":"b6e93a81a53eed0566e65e472d4a4b9ae383ee6d","__Submissions-id":"double","name":"Bob","toys":{
            "toy@odata.navigationLink":"Submissions('double')/children/child('b6e93a81a53eed0566e65e472d4a4b9ae383ee6d')/toys/toy"}}]
            """);
        Assert.Equal(["Car", "Kite"], toys.Each("name"));
        Assert.All(
            toys.Each("__Submissions-children-child-id"), id => Assert.Equal("b6e93a81a53eed0566e65e472d4a4b9ae383ee6d", id));
        Assert.Equal(2, toys.Each("__id").Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task Pages_follow_the_links_while_submissions_arrive_and_have_every_row_once()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var names = new List<string?>();
        for (var at = 0; at < 7; at++)
        {
            names.InsertRange(0, [$"{at} a", $"{at} b", $"{at} c"]);
            await phone.SendAsync(Toys.Instance(Village.NewId(), "", ($"{at} a", []), ($"{at} b", ["x"]), ($"{at} c", [])));
        }

        async Task<List<string?>> FollowAsync(string first, string member)
        {
            var seen = new List<string?>();
            for (var next = first; next is not null;)
            {
                var page = await admin.GetAsync(next);
                seen.AddRange(page.Each(member));
                await phone.SendAsync(Toys.Instance(Village.NewId(), "", ("late", [])));
                next = page["@odata.nextLink"]?.GetValue<string>().Replace(Site, "", StringComparison.Ordinal);
            }

            return seen;
        }

        Assert.Equal(names, await FollowAsync(Toys.Feed(project) + "/Submissions.children.child?$top=5", "name"));
        Assert.Equal(7, (await FollowAsync(Toys.Feed(project) + "/Submissions.children.child.toys.toy?$top=2", "name")).Count);
        var all = await FollowAsync(Toys.Feed(project) + "/Submissions?$top=4", "__id");
        Assert.Equal(all.Count, all.Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [InlineData("Submissions", "$top=2&$skip=1&$count=true", 3, new[] { "b", "a" }, false)]
    [InlineData("Submissions", "$top=2", null, new[] { "c", "b" }, true)]
    [InlineData("Submissions", "$skip=2&$count=True", 3, new[] { "a" }, false)]
    [InlineData("Submissions", "$skip=&$top=&$count=false&$wkt=false", null, new[] { "c", "b", "a" }, false)]
    [InlineData("Submissions", "$top=0&$count=true", 3, new string[0], false)]
    [InlineData("Submissions", "$skip=99", null, new string[0], false)]
    [InlineData("Submissions", "$top=99999999999999999999", null, new[] { "c", "b", "a" }, false)]
    [InlineData("Submissions", "$count=true", 3, new[] { "c", "b", "a" }, false)]
    [InlineData("Submissions.children.child", "$top=2&$skip=1&$count=true", 4, new[] { "c2", "a1" }, true)]
    [InlineData("Submissions.children.child", "$skip=3", null, new[] { "a2" }, false)]
    [InlineData("Submissions.children.child", "$top=4", null, new[] { "c1", "c2", "a1", "a2" }, false)]
    [InlineData("Submissions.children.child", "$count=true", 4, new[] { "c1", "c2", "a1", "a2" }, false)]
    [InlineData("Submissions.children.child", "$top=0&$count=true", 4, new string[0], false)]
    [InlineData("Submissions.children.child", "$filter=$root/Submissions/__id eq 'a'&$count=true", 2, new[] { "a1", "a2" }, false)]
    [InlineData("Submissions", "$filter=__id eq 'a'", null, new[] { "a" }, false)]
    [InlineData("Submissions", "$filter=age gt 1&$top=1&$count=true", 2, new[] { "c" }, true)]
    [InlineData("Submissions", "$filter=not (age gt 1)", null, new[] { "b" }, false)]
    [InlineData("Submissions", "$filter=__system/reviewState eq null and year(__system/submissionDate) gt 2000", null, new[] { "c", "b", "a" }, false)]
    [InlineData("Submissions", "$orderby=__system/submissionDate asc&$top=2", null, new[] { "a", "b" }, true)]
    [InlineData("Submissions", "$orderby=__system/submissionDate&$filter=age gt 1&$count=true", 2, new[] { "a", "c" }, false)]
    [InlineData("Submissions", "$orderby=__system/updatedAt desc", null, new[] { "c", "b", "a" }, false)]
    [InlineData("Submissions", "$orderby=__system/submitterId asc&$skip=1&$top=2", null, new[] { "b", "c" }, false)]
    public async Task A_page_has_the_rows_asked_for(string table, string query, int? count, string[] names, bool isMore)
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Toys.Instance("a", "<name>a</name><age>2</age>", ("a1", []), ("a2", [])));
        await phone.SendAsync(Toys.Instance("b", "<name>b</name><age>1</age>"));
        await phone.SendAsync(Toys.Instance("c", "<name>c</name><age>3</age>", ("c1", []), ("c2", [])));

        var page = await admin.GetAsync($"{Toys.Feed(project)}/{table}?{query}");

        Assert.Equal(names, page.Each("name"));
        Assert.Equal(count, page["@odata.count"]?.GetValue<int>());
        Assert.Equal(isMore, page["@odata.nextLink"] is not null);
    }

    [Fact]
    public async Task Expanded_rows_have_their_repeats_inside()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Toys.Instance("double", "", ("Alice", []), ("Bob", ["Car", "Kite"])));
        await phone.SendAsync(Toys.Instance("none"));

        var rows = (await admin.GetAsync(Toys.Feed(project) + "/Submissions?$expand=*")).Rows();

        Assert.Equal("{}", rows[0]["children"]?.ToJsonString());
        ShouldBe(
            rows[1]["children"]?["child"],
            $$$"""
            [{"__id":"46ebf42ee83ddec5028c42b2c054402d1e700208","name":"Alice","toys":{}},
            {"__id":"b6e93a81a53eed0566e65e472d4a4b9ae383ee6d","name":"Bob","toys":{
            "toy@odata.navigationLink":"Submissions('double')/children/child('b6e93a81a53eed0566e65e472d4a4b9ae383ee6d')/toys/toy",
            "toy":[{"__id":"{{{IdOf(rows[1], 0)}}}","name":"Car","price":1.50},{"__id":"{{{IdOf(rows[1], 1)}}}","name":"Kite","price":1.50}]}}]
            """);

        static string? IdOf(JsonNode row, int toy) =>
            row["children"]?["child"]?[1]?["toys"]?["toy"]?[toy]?["__id"]?.GetValue<string>();
    }

    [Theory]
    [InlineData("Submissions", "name,meta/instanceID", """{"name":"Vick","meta":{"instanceID":"one"}}""")]
    [InlineData("Submissions", "__id, __system/status", """{"__id":"one","__system":{"status":null}}""")]
    [InlineData("Submissions", "children", """{"children":{"child@odata.navigationLink":"Submissions('one')/children/child"}}""")]
    [InlineData("Submissions", "children/child", """{"children":{"child@odata.navigationLink":"Submissions('one')/children/child"}}""")]
    [InlineData("Submissions.children.child", "name", """{"name":"Al"}""")]
    [InlineData("Submissions.children.child", "__Submissions-id", """{"__Submissions-id":"one"}""")]
    public async Task A_row_has_only_what_was_selected(string table, string select, string expected)
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Toys.Instance("one", "<name>Vick</name>", ("Al", [])));

        var page = await admin.GetAsync($"{Toys.Feed(project)}/{table}?$select={select}");

        ShouldBe(Assert.Single(page.Rows()), expected);
    }

    [Fact]
    public async Task One_submission_and_its_repeats_have_addresses_of_their_own()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Toys.Instance(id, "", ("Alice", ["Ball"]), ("Bob", ["Car", "Kite"])));
        await phone.SendAsync(Toys.Instance(Village.NewId(), "", ("Other", ["Other"])));
        var one = $"{Toys.Feed(project)}/Submissions('{Uri.EscapeDataString(id)}')";

        var row = Assert.Single((await admin.GetAsync(one)).Rows());
        var children = await admin.GetAsync(one + "/children/child?$top=1&$count=true");
        var rest = await admin.GetAsync(Path(children["@odata.nextLink"]));
        var bob = rest.Rows()[0];
        var toys = await admin.GetAsync($"{Toys.Feed(project)}/{bob["toys"]?["toy@odata.navigationLink"]?.GetValue<string>()}");

        Assert.Equal(id, row["__id"]?.GetValue<string>());
        Assert.Equal($"Submissions('{Uri.EscapeDataString(id)}')/children/child", row["children"]?["child@odata.navigationLink"]?.GetValue<string>());
        Assert.Equal(["Alice"], children.Each("name"));
        Assert.Equal(2, children["@odata.count"]?.GetValue<int>());
        Assert.Equal(["Bob"], rest.Each("name"));
        Assert.Null(rest["@odata.nextLink"]);
        Assert.Equal(["Car", "Kite"], toys.Each("name"));
    }

    [Fact]
    public async Task Links_lead_to_the_rows_of_an_id_with_apostrophes()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Toys.Instance("o'brien''s", "", ("Alice", ["Ball"])));

        var row = Assert.Single((await admin.GetAsync(Toys.Feed(project) + "/Submissions")).Rows());
        var children = await admin.GetAsync($"{Toys.Feed(project)}/{row["children"]?["child@odata.navigationLink"]?.GetValue<string>()}");
        var toys = await admin.GetAsync($"{Toys.Feed(project)}/{children.Rows()[0]["toys"]?["toy@odata.navigationLink"]?.GetValue<string>()}");

        Assert.Equal("o'brien''s", row["__id"]?.GetValue<string>());
        Assert.Equal(["Alice"], children.Each("name"));
        Assert.Equal(["Ball"], toys.Each("name"));
    }

    [Fact]
    public async Task Places_are_well_known_text_when_asked_for()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Toys.Instance("one", Answers));

        var row = (await admin.GetAsync(Toys.Feed(project) + "/Submissions?$wkt=true&$select=place,way,field")).Rows()[0];

        ShouldBe(row, """{"place":"POINT (36.25 -1.5 900.5)","way":"LINESTRING (2 1 3,6 5 7)","field":"POLYGON ((2 1 0,4 3 0,2 1 0))"}""");
    }

    [Theory]
    [InlineData("age", "12.7", "12")]
    [InlineData("age", "many", "null")]
    [InlineData("age", " 7 ", "7")]
    [InlineData("weight", "1e3", "1000")]
    [InlineData("weight", "NaN", "null")]
    [InlineData("weight", "12 kg", "12")]
    [InlineData("consent", "maybe", "null")]
    [InlineData("born", "2026-11-21", "\"2026-11-21\"")]
    [InlineData("met", "2026-11-21T08:00:00.000+03:00", "\"2026-11-21T08:00:00.000+03:00\"")]
    [InlineData("met", "2026-11-21", "\"2026-11-21\"")]
    [InlineData("place", "somewhere", "null")]
    [InlineData("place", "1 2", """{"type":"Point","coordinates":[2,1]}""")]
    [InlineData("way", ";;", "null")]
    [InlineData("name", "&lt;/data&gt;\u2028", "\"</data>\u2028\"")]
    public async Task An_answer_of_another_type_than_its_questions_does_not_break_the_feed(string question, string answer, string expected)
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Toys.Instance("one", $"<{question}>{answer}</{question}>"));

        var row = (await admin.GetAsync(Toys.Feed(project) + "/Submissions")).Rows()[0].AsObject();

        Assert.True(
            JsonNode.DeepEquals(JsonNode.Parse(expected), row[question]) || double.Parse(expected) == row[question]?.GetValue<double>(),
            row[question]?.ToJsonString());
    }

    [Fact]
    public async Task Two_thousand_rows_of_a_repeat_in_one_submission_are_paged_exactly()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var names = Enumerable.Range(1, 2000).Select(number => $"child {number}").ToList();
        await phone.SendAsync(Toys.Instance("many", "", [.. names.Select(name => (name, OneToy))]));

        var seen = new List<string?>();
        for (var next = Toys.Feed(project) + "/Submissions.children.child?$top=333"; next is not null;)
        {
            var page = await admin.GetAsync(next);
            seen.AddRange(page.Each("name"));
            next = page["@odata.nextLink"] is { } link ? Path(link) : null;
        }

        Assert.Equal(names.AsEnumerable<string?>(), seen);
        var expanded = (await admin.GetAsync(Toys.Feed(project) + "/Submissions?$expand=*")).Rows()[0];
        Assert.Equal(2000, expanded["children"]?["child"]?.AsArray().Count);
    }

    [Fact]
    public async Task A_damaged_submission_says_so_and_a_deleted_one_is_absent()
    {
        var (admin, project, phone) = await ArrangeAsync();
        foreach (var id in new[] { "whole", "damaged", "deleted" })
        {
            await phone.SendAsync(Toys.Instance(id, $"<name>{id}</name>", ($"child of {id}", [])));
        }

        Assert.Equal(1, await server.QueryAsync<int>(
            "update submissions.versions set xml = substr(xml, 1, 100) where instance_id = 'damaged' and form_id = (select id from forms.forms where project_id = @project) returning 1",
            new { project }));
        Assert.Equal(1, await server.QueryAsync<int>(
            "update submissions.submissions set deleted_at = now() where instance_id = 'deleted' and project_id = @project returning 1", new { project }));

        var page = await admin.GetAsync(Toys.Feed(project) + "/Submissions?$count=true");
        var children = await admin.GetAsync(Toys.Feed(project) + "/Submissions.children.child?$top=10");

        Assert.Equal(["damaged", "whole"], page.Each("__id"));
        Assert.Equal(2, page["@odata.count"]?.GetValue<int>());
        Assert.Equal(("damaged", null), (page.Rows()[0]["__system"]?["status"]?.GetValue<string>(), page.Rows()[1]["__system"]?["status"]));
        Assert.Equal(["child of whole"], children.Each("name"));
        using var gone = await admin.SendAsync(HttpMethod.Get, Toys.Feed(project) + "/Submissions('deleted')");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task Reading_stands_in_the_audit_book_without_the_filter()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Toys.Instance("one", "<name>Amina</name>"));
        var viewer = await server.SignedInAsync("viewer", project);

        await viewer.GetAsync(Toys.Feed(project) + "/Submissions?$filter=name eq 'Amina'&$top=5");

        Assert.Equal("at most 5 rows of Submissions as OData", await server.QueryAsync<string>(
            "select detail from audit.events where project_id = @project and actor_id = @actor and action = 'submission.list'",
            new { project, actor = viewer.AccountId }));
    }

    private string Site => server.Address.GetLeftPart(UriPartial.Authority);

    private string Path(JsonNode? link) => link?.GetValue<string>().Replace(Site, "", StringComparison.Ordinal) ?? "";

    private static void ShouldBe(JsonNode? actual, string expected) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), actual?.ToJsonString());

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await server.PhoneAsync(admin, project, Toys.Form()));
    }
}
