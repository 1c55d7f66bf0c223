using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;
using static Fieldkeep.Server.Tests.Support.Scripts;

namespace Fieldkeep.Server.Tests.Exports.Anonymity;

public sealed class EstimateAnonymityTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly string[] SexAndNote = ["/sex", "/note"];
    private static readonly string[] Note = ["/note"];

    [Fact]
    public async Task Groups_are_counted_over_what_the_check_calls_quasi_identifiers()
    {
        var (admin, project) = await ArrangeAsync();

        var estimate = await EstimateAsync(admin, project, new { });

        Assert.Equal(["/who"], Texts(estimate["identifiers"]));
        Assert.Equal((7, 1, 2, 2), Numbers(estimate));
        Assert.Equal(["/age", "/sex"], Texts(estimate["columns"], "path"));
        Assert.Equal([1, 2], estimate["columns"]?.AsArray().Select(column => column?["uniqueWithout"]?.GetValue<int>()));
        Assert.Equal(1, await server.QueryAsync<long>(
            "select count(*) from audit.events where project_id = @project and action = 'submission.estimate_anonymity'", new { project }));
    }

    [Fact]
    public async Task Columns_that_are_not_exported_and_rows_that_are_not_are_left_out()
    {
        var (admin, project) = await ArrangeAsync();

        var fewer = await EstimateAsync(admin, project, new { columns = SexAndNote });
        Assert.Equal((7, 1, 1, 1), Numbers(fewer));
        Assert.Empty(Texts(fewer["identifiers"]));

        var filtered = await EstimateAsync(admin, project, new { filter = "age gt 40" });
        Assert.Equal((2, 1, 2, 2), Numbers(filtered));

        Assert.Equal((0, 0, 0, 0), Numbers(await EstimateAsync(admin, project, new { columns = Note })));
    }

    [Fact]
    public async Task Who_may_not_export_estimates_nothing()
    {
        var (_, project) = await ArrangeAsync();
        var collector = await server.SignedInAsync("collector", project);
        using var response = await collector.SendAsync(HttpMethod.Post, $"/api/projects/{project}/forms/people/exports/anonymity", new { });
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    private static string Form() => """
        <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
          <h:head><h:title>People</h:title><model><instance><data id="people" version="1"><who/><age/><sex/><note/><meta><instanceID/></meta></data></instance>
            <bind nodeset="/data/who" type="string"/><bind nodeset="/data/age" type="int"/><bind nodeset="/data/sex" type="string"/>
            <bind nodeset="/data/note" type="string"/><bind nodeset="/data/meta/instanceID" type="string" jr:preload="uid"/></model></h:head>
          <h:body><input ref="/data/who"><label>Your full name</label></input><input ref="/data/age"><label>Your age</label></input>
            <input ref="/data/sex"><label>Sex</label></input><input ref="/data/note"><label>Remarks</label></input></h:body></h:html>
        """;

    private static string Instance(string who, int age, string sex) => string.Create(CultureInfo.InvariantCulture, $"""
        <data id="people" version="1" xmlns:orx="http://openrosa.org/xforms"><who>{who}</who><age>{age}</age><sex>{sex}</sex><note/><orx:meta><orx:instanceID>{Village.NewId()}</orx:instanceID></orx:meta></data>
        """);

    private static Task<JsonNode> EstimateAsync(Browser browser, long project, object wanted) =>
        browser.PostAsync($"/api/projects/{project}/forms/people/exports/anonymity", wanted);

    private static (int Rows, int Smallest, int Unique, int Few) Numbers(JsonNode estimate) =>
        (Number(estimate, "rows"), Number(estimate, "smallestGroup"), Number(estimate, "uniqueRows"), Number(estimate, "fewRows"));

    private static int Number(JsonNode estimate, string name) => estimate[name]?.GetValue<int>() ?? -1;

    private static List<string?> Texts(JsonNode? list, string? name = null) =>
        [.. list?.AsArray().Select(item => name is null ? item?.GetValue<string>() : item?[name]?.GetValue<string>()) ?? []];

    // Five men of 30, and a man and a woman of 50: two are alone.
    private async Task<(Browser Admin, long Project)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Form());
        for (var man = 0; man < 5; man++)
        {
            await SendAsync(admin, project, Instance($"Man {man}", 30, "m"));
        }

        await SendAsync(admin, project, Instance("Other man", 50, "m"));
        await SendAsync(admin, project, Instance("Woman", 51, "f"));
        return (admin, project);
    }

    private static Task<JsonNode> SendAsync(Browser admin, long project, string xml) =>
        admin.SendXmlAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/people/submissions", xml).JsonAsync();
}
