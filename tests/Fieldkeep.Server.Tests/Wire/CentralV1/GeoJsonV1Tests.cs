using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

public sealed class GeoJsonV1Tests(TestServer server) : IClassFixture<TestServer>
{
    private const string Form = """
        <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
          <h:head><h:title>Wells</h:title><model><instance><data id="wells" version="1">
            <name/><well jr:template=""><at/></well><where><road/><field/></where><meta><instanceID/></meta></data></instance>
            <bind nodeset="/data/name" type="string"/><bind nodeset="/data/well/at" type="geopoint"/>
            <bind nodeset="/data/where/road" type="geotrace"/><bind nodeset="/data/where/field" type="geoshape"/>
            <bind nodeset="/data/meta/instanceID" type="string" jr:preload="uid"/></model></h:head>
          <h:body><input ref="/data/name"><label>Name</label></input>
            <group ref="/data/well"><label>Wells</label><repeat nodeset="/data/well"><input ref="/data/well/at"><label>At</label></input></repeat></group>
            <group ref="/data/where"><label>Where</label><input ref="/data/where/road"><label>Road</label></input>
            <input ref="/data/where/field"><label>Field</label></input></group></h:body></h:html>
        """;

    [Fact]
    public async Task The_first_place_outside_of_repeats_is_told_with_its_path()
    {
        var (admin, project) = await ArrangeAsync();
        var id = await SendAsync(admin, project, road: "1.5 30.25 900 5;1.6 30.5 0 0;1.7 31");
        await SendAsync(admin, project, road: "");

        var map = await admin.SendAsync(HttpMethod.Get, Submissions(project) + ".geojson").TextAsync();
        var one = await admin.SendAsync(HttpMethod.Get, $"{Submissions(project)}/{id}.geojson").TextAsync();
        var version = await admin.SendAsync(HttpMethod.Get, $"{Submissions(project)}/{id}/versions/{id}.geojson").TextAsync();

        var expected = $$$"""
            {"type":"FeatureCollection","features":[{"type":"Feature","id":"{{{id}}}","geometry":{"type":"LineString","coordinates":[[30.25,1.5,900],[30.5,1.6,0],[31,1.7]]},"properties":{"fieldpath":"/where/road"}}]}
            """;
        Assert.Equal([expected, expected, expected], [map, one, version]);
    }

    [Fact]
    public async Task A_shape_is_closed_and_counterclockwise_and_points_of_a_repeat_are_a_collection()
    {
        var (admin, project) = await ArrangeAsync();
        var id = await SendAsync(admin, project, field: "0 0 0 0;10 0 0 0;10 10 0 0", wells: ["1 2 3 4", "-5 6", "no place"]);

        var shape = await admin.SendAsync(HttpMethod.Get, Submissions(project) + ".geojson?fieldpath=/where/field").TextAsync();
        var points = await admin.SendAsync(HttpMethod.Get, Submissions(project) + ".geojson?fieldpath=/well/at").TextAsync();

        Assert.Contains(""""geometry":{"type":"Polygon","coordinates":[[[0,0,0],[10,10,0],[0,10,0],[0,0,0]]]},"properties":null"""", shape, StringComparison.Ordinal);
        Assert.Contains(
            $$$""""id":"{{{id}}}","geometry":{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[2,1,3]},{"type":"Point","coordinates":[6,-5]}]}"""",
            points,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("91 0")]
    [InlineData("0 181")]
    [InlineData("1")]
    [InlineData("1 2;x y")]
    [InlineData("NaN 1;1 NaN")]
    [InlineData("1 2")]
    public async Task What_is_no_place_is_left_out(string road)
    {
        var (admin, project) = await ArrangeAsync();
        await SendAsync(admin, project, road: road);

        var map = await admin.SendAsync(HttpMethod.Get, Submissions(project) + ".geojson").TextAsync();

        Assert.Equal("""{"type":"FeatureCollection","features":[]}""", map);
    }

    [Fact]
    public async Task A_filter_chooses_and_a_limit_counts_what_it_finds()
    {
        var (admin, project) = await ArrangeAsync();
        var ids = new List<string>();
        foreach (var road in new[] { "1 2;3 4", "5 6;7 8", "1 2;3 5" })
        {
            ids.Add(await SendAsync(admin, project, road: road));
        }

        using var reviewed = await admin.SendAsync(HttpMethod.Patch, $"{Submissions(project)}/{ids[1]}", new { reviewState = "approved" });
        async Task<IEnumerable<string?>> FoundAsync(string query) =>
            (await admin.GetAsync($"{Submissions(project)}.geojson?{query}"))["features"]!.AsArray().Select(feature => (string?)feature?["id"]); // a collection has features

        Assert.Equal([ids[1]], await FoundAsync("$filter=__system/reviewState eq 'approved'"));
        Assert.Equal([ids[2], ids[0]], await FoundAsync("$filter=__system/reviewState eq null"));
        Assert.Equal([ids[2]], await FoundAsync("$filter=__system/reviewState eq null&limit=1"));
        Assert.Equal([ids[2], ids[1]], await FoundAsync("limit=2"));
        Assert.Equal([ids[2], ids[1], ids[0]], await FoundAsync("$filter=name eq 'x'"));
        Assert.Empty(await FoundAsync("$filter=name eq 'y'"));
    }

    [Fact]
    public async Task What_is_not_understood_is_refused_and_needs_the_right()
    {
        var (admin, project) = await ArrangeAsync();
        var collector = await server.SignedInAsync("collector", project);
        var path = Submissions(project) + ".geojson";

        await admin.SendAsync(HttpMethod.Get, path + "?fieldpath=/a&fieldpath=/b").RefusedAsync(400, 400.41m);
        await admin.SendAsync(HttpMethod.Get, path + "?$filter=nothing eq 1").RefusedAsync(501, 501.5m);
        await admin.SendAsync(HttpMethod.Get, $"{Submissions(project)}/uuid:none.geojson").RefusedAsync(404, 404.1m);
        await collector.SendAsync(HttpMethod.Get, path).RefusedAsync(403, 403.1m);
    }

    private static string Submissions(long project) => Scripts.SubmissionsOf(project, "wells");

    private static async Task<string> SendAsync(Browser admin, long project, string road = "", string field = "", params string[] wells)
    {
        var id = Village.NewId();
        var rows = string.Concat(wells.Select(at => $"<well><at>{at}</at></well>"));
        var xml = $"""
            <data id="wells" version="1"><name>x</name>{rows}<where><road>{road}</road><field>{field}</field></where><meta><instanceID>{id}</instanceID></meta></data>
            """;
        await admin.SendXmlAsync(HttpMethod.Post, Submissions(project), xml).JsonAsync();
        return id;
    }

    private async Task<(Browser Admin, long Project)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Form);
        return (admin, project);
    }
}
