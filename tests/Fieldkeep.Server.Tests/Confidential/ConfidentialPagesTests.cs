using System.Net;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Confidential;

/// <summary>What pages and programs are told of answers they are not given.</summary>
public sealed class ConfidentialPagesTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Form = """
        <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa" xmlns:fk="https://fieldkeep.org/xforms/confidential">
          <h:head><h:title>Wells</h:title><model><instance><data id="wells" version="1"><well/><owner/><home/><child jr:template=""><name/></child><meta><instanceID/></meta></data></instance>
            <bind nodeset="/data/well" type="string" relevant="/data/owner != ''"/><bind nodeset="/data/owner" type="string" fk:confidential="true"/>
            <bind nodeset="/data/home" type="geopoint" fk:confidential="true" fk:radius="500"/><bind nodeset="/data/child/name" type="string" fk:confidential="true"/>
            <bind nodeset="/data/meta/instanceID" type="string" jr:preload="uid"/></model></h:head>
          <h:body><input ref="/data/well"><label>Well</label></input><input ref="/data/owner"><label>Owner of the well</label></input><input ref="/data/home"><label>Home</label></input>
            <group ref="/data/child"><repeat nodeset="/data/child"><input ref="/data/child/name"><label>Name</label></input></repeat></group></h:body></h:html>
        """;

    [Fact]
    public async Task Rows_records_maps_and_OData_say_what_is_withheld_and_what_was_displaced()
    {
        var (admin, project, id) = await ArrangeAsync();
        var viewer = await server.SignedInAsync("viewer", project);

        var row = (await viewer.GetAsync($"{FormOf(project)}/rows"))["rows"]?[0];
        Assert.Equal(["/owner", "/home"], Texts(row?["confidential"]));
        Assert.Null(row?["values"]?["/owner"]);
        Assert.NotEqual("15.5 32.5 400 5", row?["values"]?["/home"]?.GetValue<string>());

        var tree = (await viewer.GetAsync($"{FormOf(project)}/submissions/{id}"))["tree"];
        Assert.Equal(
            ["well False ", "owner True ", "home True 500", "child False ", "name True "],
            Flatten(tree).Where(node => node.Text("name") is not ("meta" or "instanceID"))
                .Select(node => $"{node.Text("name")} {node["confidential"]?.GetValue<bool>()} {node["radius"]}"));

        var feed = (await viewer.GetAsync($"/v1/projects/{project}/forms/wells.svc/Submissions"))["value"]?[0];
        Assert.True(feed?["owner@Fieldkeep.Confidential"]?.GetValue<bool>());
        Assert.True(feed is JsonObject members && members.ContainsKey("owner"));
        Assert.Null(feed?["owner"]);
        Assert.Equal(500, feed?["home@Fieldkeep.Radius"]?.GetValue<double>());
        Assert.Null(feed?["well@Fieldkeep.Confidential"]);

        var map = (await viewer.GetAsync($"/v1/projects/{project}/forms/wells/submissions.geojson"))["features"]?[0]?["properties"];
        Assert.Equal((true, 500), (map?["_masked"]?.GetValue<bool>(), map?["radius"]?.GetValue<double>()));

        // Only who holds the right is shown them, and only when asked for; else all of the above could not fail.
        var whole = (await admin.GetAsync($"{FormOf(project)}/submissions/{id}"))["tree"];
        Assert.Contains(Flatten(whole), node => node["confidential"]?.GetValue<bool>() == true);
        var holder = await server.SignedInAsync("manager", project);
        whole = (await holder.GetAsync($"{FormOf(project)}/submissions/{id}?confidential=true"))["tree"];
        Assert.Contains(Flatten(whole), node => node["value"]?.GetValue<string>() == "Okello");
        Assert.DoesNotContain(Flatten(whole), node => node["confidential"]?.GetValue<bool>() == true);
    }

    [Fact]
    public async Task The_page_of_a_form_gets_its_questions_what_hints_at_them_and_what_else_could_be_confidential()
    {
        var (admin, project, _) = await ArrangeAsync();
        var manager = await server.SignedInAsync("manager", project);
        var found = await manager.GetAsync($"{FormOf(project)}/confidential");

        // Who runs the organisation does not read them by that alone.
        Assert.Contains("confidentialRead", Texts((await manager.GetAsync(FormOf(project)))["may"]));
        Assert.DoesNotContain("confidentialRead", Texts((await admin.GetAsync(FormOf(project)))["may"]));
        Assert.Equal(["/data/owner", "/data/home", "/data/child/name"], (found["questions"]?.AsArray() ?? []).Select(one => one.Text("path")));
        Assert.Equal(["/data/well relevance /data/owner"], (found["hints"]?.AsArray() ?? []).Select(one => $"{one.Text("path")} {one.Text("kind")} {one.Text("from")}"));
        Assert.Contains("/data/owner Owner of the well question", (found["nodes"]?.AsArray() ?? []).Select(one => $"{one.Text("path")} {one.Text("label")} {one.Text("kind")}"));
        Assert.Contains("/data/child child repeat", (found["nodes"]?.AsArray() ?? []).Select(one => $"{one.Text("path")} {one.Text("label")} {one.Text("kind")}"));

        using var set = await manager.SendAsync(HttpMethod.Put, $"{FormOf(project)}/confidential/flags", new { path = "/data/well", kind = "marked" });
        Assert.Equal(HttpStatusCode.NoContent, set.StatusCode);
        found = await manager.GetAsync($"{FormOf(project)}/confidential");
        Assert.Contains("/data/well", (found["questions"]?.AsArray() ?? []).Select(one => one.Text("path")));

        // Whether it was asked still shows.
        Assert.Equal(["/data/well relevance /data/owner"], (found["hints"]?.AsArray() ?? []).Select(one => $"{one.Text("path")} {one.Text("kind")} {one.Text("from")}"));
    }

    [Fact]
    public async Task Whether_a_group_holds_a_place_is_told_of_lines_as_of_points()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var withWay = Form
            .Replace("<child jr:template=\"\"><name/>", "<child jr:template=\"\"><way/><name/>", StringComparison.Ordinal)
            .Replace("<bind nodeset=\"/data/meta", "<bind nodeset=\"/data/child/way\" type=\"geotrace\"/><bind nodeset=\"/data/meta", StringComparison.Ordinal)
            .Replace("<input ref=\"/data/child/name\">", "<input ref=\"/data/child/way\"><label>Way</label></input><input ref=\"/data/child/name\">", StringComparison.Ordinal);
        _ = await server.PhoneAsync(admin, project, withWay);

        var nodes = (await admin.GetAsync($"{FormOf(project)}/confidential"))["nodes"]?.AsArray() ?? [];
        Assert.Equal(
            ["/data/home", "/data/child", "/data/child/way"],
            nodes.Where(node => node?["holdsPlace"]?.GetValue<bool>() == true).Select(node => node.Text("path")));
        Assert.Equal(["/data/home"], nodes.Where(node => node?["isPlace"]?.GetValue<bool>() == true).Select(node => node.Text("path")));
    }

    private static string FormOf(long project) => $"/api/projects/{project}/forms/wells";

    private static IEnumerable<string> Texts(JsonNode? list) => (list?.AsArray() ?? []).Select(one => one?.GetValue<string>() ?? "");

    private static IEnumerable<JsonNode> Flatten(JsonNode? tree) => (tree as JsonArray ?? [])
        .OfType<JsonNode>().SelectMany(node => Flatten(node["children"]).Prepend(node));

    private async Task<(Browser Admin, long Project, string Id)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Form);
        var id = Village.NewId();
        using var sent = await phone.SubmitAsync(
            $"""<data id="wells" version="1"><well>North</well><owner>Okello</owner><home>15.5 32.5 400 5</home><child><name>Bea</name></child><meta><instanceID>{id}</instanceID></meta></data>""");
        sent.EnsureSuccessStatusCode();
        return (admin, project, id);
    }
}
