using System.Net;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports;

public sealed class PreviewExportTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Translated = """
        <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
          <h:head><h:title>Household</h:title><model><itext>
            <translation lang="English (en)" default="true()"><text id="name"><value>Your name</value></text></translation>
            <translation lang="Français (fr)"><text id="name"><value>Votre nom</value></text></translation></itext>
            <instance><data id="household" version="2"><who><name/></who><family><child jr:template=""><name/></child></family>
            <meta><instanceID/></meta></data></instance>
            <bind nodeset="/data/who/name" type="string"/><bind nodeset="/data/family/child/name" type="string"/>
            <bind nodeset="/data/meta/instanceID" type="string" jr:preload="uid"/></model></h:head>
          <h:body><group ref="/data/who"><input ref="/data/who/name"><label ref="jr:itext('name')"/></input></group>
            <group ref="/data/family"><group ref="/data/family/child"><label>Child</label>
              <repeat nodeset="/data/family/child"><input ref="/data/family/child/name"><label>Name</label></input></repeat></group></group>
          </h:body></h:html>
        """;

    private static readonly string[] NameOnly = ["/who/name"];

    [Fact]
    public async Task A_preview_tells_how_many_submissions_and_which_tables_the_file_would_have()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Household.Instance(Village.NewId(), name: "Amina", children: [("Bea", ["ball"])]));
        await phone.SendAsync(Household.Instance(Village.NewId(), name: "Yei"));

        var zip = await PreviewAsync(admin, project, new { format = "csv.zip" });
        var sheets = await PreviewAsync(admin, project, new { format = "xlsx", filter = "who/name eq 'Yei'", columns = NameOnly });
        var plain = await PreviewAsync(admin, project, new { format = "csv" });
        var media = await PreviewAsync(admin, project, new { format = "media.zip" });

        Assert.Equal((2, "household.zip"), (Number(zip["submissions"]), zip["fileName"]?.GetValue<string>()));
        Assert.Equal(["household", "household-child", "household-toy"], NamesOf(zip));
        Assert.Equal(1, Number(sheets["submissions"]));
        Assert.Equal(["household"], NamesOf(sheets));
        Assert.Equal(2, Number(sheets["tables"]?[0]?["columns"]));
        Assert.Equal(["household"], NamesOf(plain));
        Assert.Empty(NamesOf(media));
    }

    [Theory]
    [InlineData("docx", null, 422, "export.unknown_format")]
    [InlineData("csv", "nothing eq", 400, "filter.unreadable")]
    public async Task A_preview_refuses_what_could_not_be_made(string format, string? filter, int status, string code)
    {
        var (admin, project, _) = await ArrangeAsync();

        using var response = await admin.SendAsync(HttpMethod.Post, $"{PathOf(project)}/exports/preview", new { format, filter });

        await response.ShouldBeProblemAsync(status, code);
    }

    [Fact]
    public async Task The_contents_name_tables_questions_languages_versions_and_what_only_earlier_versions_ask()
    {
        var (admin, project, _) = await ArrangeAsync();
        await admin.ReviseAsync(project, Translated);

        var contents = await admin.GetAsync($"{PathOf(project)}/export-contents");

        Assert.Equal(["English (en)", "Français (fr)"], TextsOf(contents["languages"]));
        Assert.Equal("English (en)", contents["defaultLanguage"]?.GetValue<string>());
        Assert.Equal(["2", "1"], TextsOf(contents["versions"]));
        var tables = contents["tables"]?.AsArray() ?? [];
        Assert.Equal(["", "/family/child", "/family/child/toy"], tables.Select(table => table.Text("path")));
        var columns = tables[0]?["columns"]?.AsArray().ToDictionary(
            column => column?["path"]?.GetValue<string>() ?? "", column => column?["isEarlier"]?.GetValue<bool>()) ?? [];
        Assert.Equal((false, true), (columns["/who/name"], columns["/photo"]));
    }

    [Fact]
    public async Task Those_who_may_not_export_learn_nothing_of_it()
    {
        var (_, project, _) = await ArrangeAsync();
        var collector = await server.SignedInAsync("collector", project);

        using var contents = await collector.SendAsync(HttpMethod.Get, $"{PathOf(project)}/export-contents");
        using var preview = await collector.SendAsync(HttpMethod.Post, $"{PathOf(project)}/exports/preview", new { format = "csv" });
        using var own = await collector.SendAsync(HttpMethod.Get, $"{PathOf(project)}/exports");

        Assert.Equal(
            (HttpStatusCode.Forbidden, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden),
            (contents.StatusCode, preview.StatusCode, own.StatusCode));
    }

    private static string PathOf(long project) => $"/api/projects/{project}/forms/household";

    private static Task<JsonNode> PreviewAsync(Browser admin, long project, object settings) =>
        admin.PostAsync($"{PathOf(project)}/exports/preview", settings);

    private static string[] NamesOf(JsonNode preview) =>
        [.. (preview["tables"]?.AsArray() ?? []).Select(table => table.Text("name"))];

    private static string[] TextsOf(JsonNode? list) => [.. (list?.AsArray() ?? []).Select(text => $"{text}")];

    private static long Number(JsonNode? node) => node?.GetValue<long>() ?? -1;

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await server.PhoneAsync(admin, project, Household.Form()));
    }
}
