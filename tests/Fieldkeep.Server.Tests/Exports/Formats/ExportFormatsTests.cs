using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.Formats;

public sealed class ExportFormatsTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Damage = """
        update submissions.versions set xml = set_byte(xml, length(xml) - 3, get_byte(xml, length(xml) - 3) # 1)
        where instance_id = @id returning 1
        """;

    private static readonly XNamespace Main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    private static readonly XNamespace Kml = "http://www.opengis.net/kml/2.2";
    private static readonly string[] Toys = ["ball", "kite"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_format_is_downloaded_while_it_is_made_under_its_own_type_and_name()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Household.Instance(Village.NewId(), children: [("Bea", Toys)]));

        foreach (var (format, type, name) in ((string, string, string)[])
        [
            ("csv.zip", "application/zip", "household.zip"),
            ("csv", "text/csv", "household.csv"),
            ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "household.xlsx"),
            ("json", "application/json", "household.json"),
            ("ndjson", "application/x-ndjson", "household.ndjson"),
            ("geojson", "application/geo+json", "household.geojson"),
            ("kml", "application/vnd.google-earth.kml+xml", "household.kml"),
            ("sav.zip", "application/zip", "household.sav.zip"),
            ("media.zip", "application/zip", "household.media.zip"),
        ])
        {
            using var response = await admin.SendAsync(HttpMethod.Get, $"{PathOf(project)}?format={format}");
            Assert.True(response.StatusCode == HttpStatusCode.OK, $"{format}: {(int)response.StatusCode}");
            Assert.Equal(type, response.Content.Headers.ContentType?.MediaType);
            Assert.Equal(name, response.Content.Headers.ContentDisposition?.FileName?.Trim('"'));
        }
    }

    [Fact]
    public async Task A_workbook_has_a_sheet_for_each_table_and_texts_that_are_never_formulas()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        var long32 = new string('é', 40_000);
        await phone.SendAsync(Household.Instance(id, name: "=HYPERLINK(\"x\")", remark: long32, children: [("Bea", Toys), ("Cid", [])]));

        var parts = await admin.GetZipAsync($"{PathOf(project)}?format=xlsx");

        var names = XDocument.Parse(Text(parts["xl/workbook.xml"])).Descendants(Main + "sheet").Select(sheet => sheet.Attribute("name")?.Value);
        Assert.Equal(["household", "child", "toy", "long-texts"], names);
        var cells = Cells(parts, 1);
        Assert.Equal("=HYPERLINK(\"x\")", cells["B2"]);
        Assert.Equal("-1.5", cells["D2"]);
        Assert.EndsWith("… [cut: whole text in long-texts]", cells["C2"], StringComparison.Ordinal);
        Assert.DoesNotContain(XDocument.Parse(Text(parts["xl/worksheets/sheet1.xml"])).Descendants(Main + "f"), _ => true);
        var whole = Cells(parts, 4);
        Assert.Equal((id, "who-remark", "1"), (whole["A2"], whole["B2"], whole["C2"]));
        Assert.Equal(long32, string.Concat(whole.Where(cell => cell.Key[0] == 'D' && cell.Key != "D1").Select(cell => cell.Value)));
        Assert.Equal([$"{id}/family/child[1]", $"{id}/family/child[1]"], Cells(parts, 3).Where(cell => cell.Key is "B2" or "B3").Select(cell => cell.Value));
    }

    [Fact]
    public async Task Json_nests_groups_and_repeats_and_shows_damage()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var (whole, broken) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Household.Instance(broken));
        await phone.SendAsync(Household.Instance(whole, name: "Zoë \"Z\"", children: [("Bea", Toys), ("Cid", [])]));
        Assert.Equal(1, await server.QueryAsync<int>(Damage, new { id = broken }));

        var all = (JsonNode.Parse(await TextAsync(admin, $"{PathOf(project)}?format=json")) as JsonArray) ?? [];
        var lines = (await TextAsync(admin, $"{PathOf(project)}?format=ndjson")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(2, all.Count);
        Assert.Equal(all.Select(one => one?.ToJsonString()), lines.Select(line => JsonNode.Parse(line)?.ToJsonString()));
        Assert.Equal((whole, "Zoë \"Z\""), (all[0]?["instanceId"]?.GetValue<string>(), all[0]?["values"]?["who"]?["name"]?.GetValue<string>()));
        var children = all[0]?["values"]?["family"]?["child"] as JsonArray ?? [];
        Assert.Equal(["Bea", "Cid"], children.Select(child => child?["name"]?.GetValue<string>()));
        Assert.Equal(Toys, (children[0]?["toy"] as JsonArray ?? []).Select(toy => toy?["kind"]?.GetValue<string>()));
        Assert.Equal("damaged", all[1]?["status"]?.GetValue<string>());
        Assert.Equal("{}", all[1]?["values"]?.ToJsonString());
    }

    [Theory]
    [InlineData("columns=/family/child/name", """{"family":{"child":[{"name":"Bea"},{"name":"Cid"}]}}""")]
    [InlineData("columns=/family/child/toy/kind", """{"family":{"child":[{"toy":[{"kind":"ball"},{"kind":"kite"}]},{"toy":[]}]}}""")]
    [InlineData("columns=/family/child/toy", """{"family":{"child":[{"toy":[{"kind":"ball"},{"kind":"kite"}]},{"toy":[]}]}}""")]
    [InlineData("columns=/who/name&columns=/family/child/name", """{"who":{"name":"Amina"},"family":{"child":[{"name":"Bea"},{"name":"Cid"}]}}""")]
    [InlineData("columns=/who/name", """{"who":{"name":"Amina"}}""")]
    public async Task Json_has_a_repeat_of_which_only_a_question_is_chosen(string columns, string values)
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Household.Instance(Village.NewId(), children: [("Bea", Toys), ("Cid", [])]));

        var all = JsonNode.Parse(await TextAsync(admin, $"{PathOf(project)}?format=json&{columns}")) as JsonArray ?? [];
        var line = JsonNode.Parse(await TextAsync(admin, $"{PathOf(project)}?format=ndjson&{columns}"));

        Assert.Equal(values, Assert.Single(all)?["values"]?.ToJsonString());
        Assert.Equal(values, line?["values"]?.ToJsonString());
    }

    [Fact]
    public async Task Maps_have_longitude_before_latitude_and_the_answers_beside()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Household.Instance(id, name: "A & <B>"));

        var collection = JsonNode.Parse(await TextAsync(admin, $"{PathOf(project)}?format=geojson&geometry=/place"));
        var kml = XDocument.Parse(await TextAsync(admin, $"{PathOf(project)}?format=kml"));

        var feature = Assert.Single(collection?["features"] as JsonArray ?? []);
        Assert.Equal("FeatureCollection", collection?["type"]?.GetValue<string>());
        Assert.Equal("[36.25,-1.5,900.5]", feature?["geometry"]?["coordinates"]?.ToJsonString());
        Assert.Equal((id, "A & <B>"), (feature?["id"]?.GetValue<string>(), feature?["properties"]?["who-name"]?.GetValue<string>()));
        var placemark = Assert.Single(kml.Descendants(Kml + "Placemark"));
        Assert.Equal("36.25,-1.5,900.5", placemark.Descendants(Kml + "coordinates").Single().Value);
        Assert.Equal("A & <B>", placemark.Descendants(Kml + "Data").Single(one => one.Attribute("name")?.Value == "who-name").Element(Kml + "value")?.Value);
    }

    [Fact]
    public async Task Columns_labels_dates_and_review_states_are_chosen()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var (first, second) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Household.Instance(first, children: [("Bea", Toys)]));
        await phone.SendAsync(Household.Instance(second));
        using var reviewed = await admin.SendAsync(
            HttpMethod.Patch, $"/v1/projects/{project}/forms/household/submissions/{first}", new { reviewState = "approved" });
        Assert.True(reviewed.IsSuccessStatusCode);

        var chosen = await admin.GetZipAsync($"{PathOf(project)}?format=csv.zip&columns=/who&columns=/assets&columns=ReviewState&labels=true&labelHeadings=true");
        var approved = Encoding.UTF8.GetBytes(await TextAsync(admin, $"{PathOf(project)}?format=csv&reviewStates=approved")).ReadCsv();
        var received = Encoding.UTF8.GetBytes(await TextAsync(admin, $"{PathOf(project)}?format=csv&reviewStates=received")).ReadCsv();
        var late = Encoding.UTF8.GetBytes(await TextAsync(admin, $"{PathOf(project)}?format=csv&from=2100-01-01T00:00:00Z")).ReadCsv();
        var early = Encoding.UTF8.GetBytes(await TextAsync(admin, $"{PathOf(project)}?format=csv&before=2100-01-01T00:00:00Z")).ReadCsv();

        Assert.Equal(["household.csv"], chosen.Keys);
        Assert.Equal("Your name,Anything else,Assets,KEY,ReviewState", Text(chosen["household.csv"]).Split('\n')[0]);
        Assert.Equal("A bicycle", chosen["household.csv"].ReadCsv()[0]["Assets"]);
        Assert.Equal((first, second), (Assert.Single(approved)["KEY"], Assert.Single(received)["KEY"]));
        Assert.Empty(late);
        Assert.Equal(2, early.Count);
    }

    [Theory]
    [InlineData("format=docx", "export.unknown_format")]
    [InlineData("columns=/nothing", "export.unknown_column")]
    [InlineData("language=Klingon", "export.unknown_language")]
    [InlineData("format=geojson&geometry=/who/name", "export.no_geometry")]
    [InlineData("mediaNames=../{name}", "export.bad_media_names")]
    [InlineData("reviewStates=perfect", "export.unknown_review_state")]
    [InlineData("from=2026-02-01T00:00:00Z&before=2026-01-01T00:00:00Z", "export.bad_range")]
    public async Task What_a_form_does_not_have_is_refused_before_anything_is_written(string query, string code)
    {
        var (admin, project, _) = await ArrangeAsync();

        using var response = await admin.SendAsync(HttpMethod.Get, $"{PathOf(project)}?{query}");

        await response.ShouldBeProblemAsync(422, code);
    }

    [Fact]
    public async Task Half_a_filter_is_not_made_whole_by_the_others()
    {
        var (admin, project, _) = await ArrangeAsync();
        var filter = Uri.EscapeDataString("true) or (true");

        using var response = await admin.SendAsync(HttpMethod.Get, $"{PathOf(project)}?reviewStates=approved&filter={filter}");

        await response.ShouldBeProblemAsync(400, "filter.unreadable");
    }

    [Fact]
    public async Task Attachments_alone_are_named_by_a_pattern()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        byte[] photo = [0xFF, 0xD8, 1, 2, 3];
        await phone.SendAsync(Household.Instance(id, photo: "1700000000.jpg"), ("1700000000.jpg", photo));

        var zip = await admin.GetZipAsync($"{PathOf(project)}?format=media.zip&mediaNames={{instanceId}}/{{question}}.{{ext}}");

        var entry = Assert.Single(zip);
        Assert.Equal($"media/{id.Replace(':', '_')}/photo.jpg", entry.Key);
        Assert.Equal(photo, entry.Value);
    }

    [Fact]
    public async Task An_spss_file_opens_in_pspp_where_it_is_installed()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Household.Instance(id, name: "Zoë", remark: new string('x', 700), children: [("Bea", Toys)]));

        var zip = await admin.GetZipAsync($"{PathOf(project)}?format=sav.zip");

        Assert.Equal(["household-child.sav", "household-toy.sav", "household.sav"], zip.Keys.Order(StringComparer.Ordinal));
        Assert.All(zip.Values, file => Assert.Equal("$FL2", Encoding.ASCII.GetString(file, 0, 4)));
        Assert.SkipUnless(File.Exists("/usr/bin/pspp-convert"), "pspp-convert is not on this machine.");
        var folder = Directory.CreateTempSubdirectory("fieldkeep-sav-").FullName;
        await File.WriteAllBytesAsync(Path.Combine(folder, "in.sav"), zip["household.sav"], Token);
        using var run = System.Diagnostics.Process.Start("/usr/bin/pspp-convert", [Path.Combine(folder, "in.sav"), Path.Combine(folder, "out.csv")]);
        await run.WaitForExitAsync(Token);
        var row = Assert.Single((await File.ReadAllBytesAsync(Path.Combine(folder, "out.csv"), Token)).ReadCsv());
        Directory.Delete(folder, recursive: true);
        Assert.Equal((0, id, "Zoë", new string('x', 700)), (run.ExitCode, row["KEY"], row["who_name"], row["who_remark"]));
        Assert.Equal("-1.5", row["place_Latitude"].Trim('0'));
    }

    [Fact]
    public async Task An_spss_file_is_made_of_a_number_with_a_choice_that_is_none()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, """
            <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
              <h:head><h:title>Doses</h:title><model><instance><data id="household" version="1"><doses/><meta><instanceID/></meta></data></instance>
                <bind nodeset="/data/doses" type="int"/><bind nodeset="/data/meta/instanceID" type="string" jr:preload="uid"/></model></h:head>
              <h:body><select1 ref="/data/doses"><label>Doses</label><item><label>One</label><value>1</value></item>
                <item><label>Not known</label><value>dont_know</value></item></select1></h:body></h:html>
            """);
        await phone.SendAsync($"<data id=\"household\" version=\"1\"><doses>1</doses><meta><instanceID>{Village.NewId()}</instanceID></meta></data>");

        var zip = await admin.GetZipAsync($"{PathOf(project)}?format=sav.zip");

        var file = Assert.Single(zip).Value;
        Assert.Equal("$FL2", Encoding.ASCII.GetString(file, 0, 4));
        Assert.True(file.AsSpan().IndexOf("dont_know"u8) > 0, "The choice has no label.");
    }

    private static string PathOf(long project) => $"/api/projects/{project}/forms/household/export";

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    private static async Task<string> TextAsync(Browser browser, string path)
    {
        using var response = await browser.SendAsync(HttpMethod.Get, path);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {path}");
        return await response.Content.ReadAsStringAsync(Token);
    }

    private static Dictionary<string, string> Cells(Dictionary<string, byte[]> parts, int sheet) =>
        XDocument.Parse(Text(parts[$"xl/worksheets/sheet{sheet}.xml"])).Descendants(Main + "c")
            .ToDictionary(cell => cell.Attribute("r")?.Value ?? "", cell => cell.Value);

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await server.PhoneAsync(admin, project, Household.Form()));
    }
}
