using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.XForms.Tests.Tables;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.Formats;

/// <summary>What formats do where they end: it is said, and nothing is lost silently.</summary>
public sealed class FormatLimitsTests(TestServer server) : IClassFixture<TestServer>
{
    private const int RowsOfSheet = 1_048_576;

    private static readonly string[] Toys = ["ball"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_text_of_ten_megabytes_is_whole_in_every_format()
    {
        var (admin, project, phone) = await ArrangeAsync(Household.Form());
        var id = Village.NewId();
        var text = string.Concat(Enumerable.Range(0, 400_000).Select(at => $"A tale, told \"{at}\" times. "));
        await phone.SendAsync(Household.Instance(id, remark: text));

        var sheets = XlsxCellReader.Read(await BytesAsync(admin, project, "household", "xlsx"));
        var sav = await Zips.UnzipAsync(await BytesAsync(admin, project, "household", "sav.zip"));
        var json = JsonNode.Parse(await BytesAsync(admin, project, "household", "json"));
        var line = JsonNode.Parse(await BytesAsync(admin, project, "household", "ndjson"));
        var map = JsonNode.Parse(await BytesAsync(admin, project, "household", "geojson"));
        var kml = XDocument.Parse(Encoding.UTF8.GetString(await BytesAsync(admin, project, "household", "kml")), LoadOptions.PreserveWhitespace);

        var parts = sheets["long-texts"].Skip(1).ToList();
        Assert.All(parts, part => Assert.Equal((id, "who-remark"), (part[0], part[1])));
        RequireSame(text, string.Concat(parts.Select(part => part[3])));
        RequireCut(text, sheets["household"][1][2]);
        RequireSame(text, Assert.Single(sav["long-texts.csv"].ReadCsv())["text"]);
        RequireCut(text, SavReader.Read(sav["household.sav"]).Rows[0][2]);
        RequireSame(text, json?[0]?["values"]?["who"]?["remark"]?.GetValue<string>());
        RequireSame(text, line?["values"]?["who"]?["remark"]?.GetValue<string>());
        RequireSame(text, map?["features"]?[0]?["properties"]?["who-remark"]?.GetValue<string>());
        RequireSame(text, kml.Descendants().Single(one => one.Attribute("name")?.Value == "who-remark").Elements().Last().Value);
    }

    [Fact]
    public async Task Two_thousand_rows_of_a_repeat_in_one_instance_are_in_every_format()
    {
        var (admin, project, phone) = await ArrangeAsync(Household.Form());
        var names = Enumerable.Range(1, 2000).Select(number => $"child {number}").ToList();
        await phone.SendAsync(Household.Instance(Village.NewId(), children: [.. names.Select(name => (name, Toys))]));

        var sheets = XlsxCellReader.Read(await BytesAsync(admin, project, "household", "xlsx"));
        var sav = await Zips.UnzipAsync(await BytesAsync(admin, project, "household", "sav.zip"));
        var json = JsonNode.Parse(await BytesAsync(admin, project, "household", "json"));

        Assert.Equal(names, sheets["child"].Skip(1).Select(row => row[0]));
        Assert.Equal(2000, sheets["toy"].Count - 1);
        Assert.Equal(names, SavReader.Read(sav["household-child.sav"]).Rows.Select(row => row[0]));
        var children = json?[0]?["values"]?["family"]?["child"] as JsonArray ?? [];
        Assert.Equal(names, children.Select(child => child?["name"]?.GetValue<string>()));
        Assert.All(children, child => Assert.Equal("ball", child?["toy"]?[0]?["kind"]?.GetValue<string>()));
    }

    [Fact]
    public async Task Five_thousand_columns_come_out_of_every_format()
    {
        var names = Enumerable.Range(0, 5_000).Select(at => $"q{at}").ToList();
        var (admin, project, phone) = await ArrangeAsync(FormOf("wide", [.. names.Select(name => (name, "string")), ("place", "geopoint")]));
        await phone.SendAsync(InstanceOf("wide", [.. names.Select(name => (name, $"{name} é")), ("place", "1 2")]));
        var wanted = names.Select(name => $"{name} é").ToList();

        var csv = (await BytesAsync(admin, project, "wide", "csv")).ReadCsvLines();
        var sheets = XlsxCellReader.Read(await BytesAsync(admin, project, "wide", "xlsx"));
        var sav = SavReader.Read((await Zips.UnzipAsync(await BytesAsync(admin, project, "wide", "sav.zip")))["wide.sav"]);
        var json = JsonNode.Parse(await BytesAsync(admin, project, "wide", "json"))?[0]?["values"] as JsonObject ?? [];
        var map = JsonNode.Parse(await BytesAsync(admin, project, "wide", "geojson"))?["features"]?[0]?["properties"] as JsonObject ?? [];

        Assert.Equal(wanted, csv[1].Skip(1).Take(5_000));
        Assert.Equal(wanted, sheets["wide"][1].Skip(1).Take(5_000));
        Assert.Equal(wanted, sav.Rows[0].Skip(1).Take(5_000));
        Assert.Equal(wanted, names.Select(name => json[name]?.GetValue<string>()));
        Assert.Equal(wanted, names.Select(name => map[name]?.GetValue<string>()));
    }

    [Fact]
    public async Task A_table_wider_than_a_sheet_is_refused_with_its_width_and_comes_out_when_less_is_chosen()
    {
        var names = Enumerable.Range(0, 16_400).Select(at => $"q{at}").ToList();
        var (admin, project, phone) = await ArrangeAsync(FormOf("wider", [.. names.Select(name => (name, "string"))]));
        await phone.SendAsync(InstanceOf("wider", [.. names.Select(name => (name, name))]));

        using var refused = await admin.SendAsync(HttpMethod.Get, $"{PathOf(project, "wider")}?format=xlsx");
        var chosen = XlsxCellReader.Read(await BytesAsync(admin, project, "wider", "xlsx&columns=/q16399"));
        var csv = (await BytesAsync(admin, project, "wider", "csv")).ReadCsvLines();

        await refused.ShouldBeProblemAsync(422, "export.too_many_columns");
        Assert.Contains("16412 columns", await refused.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(["q16399", "q16399"], chosen["wider"].Select(row => row[0]));
        Assert.Equal(names, csv[1].Skip(1).Take(names.Count));
    }

    [Fact]
    public async Task A_table_longer_than_a_sheet_goes_on_in_the_next()
    {
        var (admin, project, phone) = await ArrangeAsync(RepeatsOf("long", "n"));
        foreach (var part in Enumerable.Range(0, RowsOfSheet + 4).Chunk(400_000).Reverse())
        {
            var rows = string.Concat(part.Select(at => $"<n><a>{at}</a></n>"));
            await phone.SendAsync($"<data id=\"long\" version=\"1\">{rows}<meta><instanceID>{Village.NewId()}</instanceID></meta></data>");
        }

        using var zip = new ZipArchive(new MemoryStream(await BytesAsync(admin, project, "long", "xlsx&groupPaths=false")));
        var book = XDocument.Load(await (zip.GetEntry("xl/workbook.xml") ?? throw new InvalidOperationException()).OpenAsync(Token));

        Assert.Equal(["long", "n", "n (2)"], book.Descendants().Where(one => one.Name.LocalName == "sheet").Select(one => one.Attribute("name")?.Value));
        Assert.Equal((RowsOfSheet, "1048574"), await LastAsync(zip, 2));
        Assert.Equal((6, "1048579"), await LastAsync(zip, 3));
    }

    [Fact]
    public async Task Names_that_a_format_takes_for_one_are_told_apart_in_it()
    {
        var root = new string('é', 40);
        (string Name, string Type)[] questions = [("a-b", "string"), ("a.b", "string"), ("a_b", "string"), ("A_B", "string"), (root + "1", "string"), (root + "2", "string"), ("KEY", "string")];
        string[] repeats = ["a_repeat_of_a_very_long_name_number_1", "a_repeat_of_a_very_long_name_number_2", "a_repeat_of_a_very_long_name_number_3"];
        var (admin, project, phone) = await ArrangeAsync(FormOf("alike", questions, repeats));
        var rows = string.Concat(repeats.Select(name => $"<{name}><a>{name}</a></{name}>"));
        await phone.SendAsync(InstanceOf("alike", [.. questions.Select(question => (question.Name, question.Name))], rows));
        var wanted = questions.Select(question => question.Name).ToList();

        var sheets = XlsxCellReader.Read(await BytesAsync(admin, project, "alike", "xlsx"));
        var zip = await Zips.UnzipAsync(await BytesAsync(admin, project, "alike", "sav.zip"));
        var sav = SavReader.Read(zip["alike.sav"]);
        var metadata = XDocument.Parse(Encoding.UTF8.GetString(await GetAsync(admin, $"/v1/projects/{project}/forms/alike.svc/$metadata")));

        Assert.Equal(repeats, sheets.Skip(1).Select(sheet => sheet.Value[1][0]));
        Assert.All(sheets.Keys, name => Assert.InRange(name.Length, 1, 31));
        Assert.Equal(sheets.Count, sheets.Keys.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.Equal(wanted, sheets["alike"][1].Skip(1).Take(wanted.Count));
        Assert.Equal(wanted, sav.Rows[0].Skip(1).Take(wanted.Count));
        Assert.Equal(sav.Columns.Count, sav.Columns.Select(column => column.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(sav.Columns, column => Assert.InRange(Encoding.UTF8.GetByteCount(column.Name), 1, 64));
        foreach (var type in metadata.Descendants().Where(one => one.Name.LocalName is "EntityType" or "ComplexType"))
        {
            var names = type.Elements().Where(one => one.Name.LocalName is "Property" or "NavigationProperty").Select(one => one.Attribute("Name")?.Value).ToList();
            Assert.Equal(names.Count, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        }
    }

    [Fact]
    public async Task A_label_as_long_as_a_cell_heads_a_column_and_tells_where_a_long_text_belongs()
    {
        var label = new string('L', 40_000);
        var form = FormOf("labels", [("first", "string"), ("second", "string")]).Replace("<h:body>", $"<h:body><input ref=\"/data/first\"><label>{label}</label></input><input ref=\"/data/second\"><label>{label}</label></input>", StringComparison.Ordinal);
        var (admin, project, phone) = await ArrangeAsync(form);
        var text = new string('x', 50_000);
        await phone.SendAsync(InstanceOf("labels", [("first", text), ("second", text)]));

        var sheets = XlsxCellReader.Read(await BytesAsync(admin, project, "labels", "xlsx&labelHeadings=true"));

        Assert.Equal(2 * text.Length, sheets["long-texts"].Skip(1).Sum(row => row[3].Length));
        Assert.Equal(2, sheets["long-texts"].Skip(1).Select(row => row[1]).Distinct().Count());
        Assert.All(sheets["labels"][0], heading => Assert.InRange(heading.Length, 1, 32_767));
        Assert.Equal(sheets["labels"][0].Length, sheets["labels"][0].Distinct(StringComparer.Ordinal).Count());
    }

    private static void RequireSame(string wanted, string? got) => Assert.True(wanted == got, $"{wanted.Length} characters became {got?.Length}.");

    private static void RequireCut(string whole, string cell)
    {
        const string mark = "… [cut: whole text in long-texts]";
        Assert.EndsWith(mark, cell, StringComparison.Ordinal);
        Assert.StartsWith(cell[..^mark.Length], whole, StringComparison.Ordinal);
        Assert.InRange(Encoding.UTF8.GetByteCount(cell), 30_000, 32_767);
    }

    private static string PathOf(long project, string form) => $"/api/projects/{project}/forms/{form}/export";

    private static Task<byte[]> BytesAsync(Browser browser, long project, string form, string format) => GetAsync(browser, $"{PathOf(project, form)}?format={format}");

    private static async Task<byte[]> GetAsync(Browser browser, string path)
    {
        using var response = await browser.SendAsync(HttpMethod.Get, path);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{(int)response.StatusCode} {path}");
        return await response.Content.ReadAsByteArrayAsync(Token);
    }

    // Gives the number of rows and the last row's first cell, from the text alone: a tree of a million rows takes half a minute.
    private static async Task<(int Rows, string First)> LastAsync(ZipArchive zip, int sheet)
    {
        await using var part = await (zip.GetEntry($"xl/worksheets/sheet{sheet}.xml") ?? throw new InvalidOperationException()).OpenAsync(Token);
        using var text = new StreamReader(part);
        var (rows, tail) = (0, "");
        var buffer = new char[256 * 1024];
        for (int read; (read = await text.ReadBlockAsync(buffer, Token)) > 0;)
        {
            tail = string.Concat(tail, buffer.AsSpan(0, read));
            rows += tail.AsSpan().Count("<row ");
            tail = tail[(tail.LastIndexOf("<row ", StringComparison.Ordinal) + 1)..];
        }

        return (rows, tail.Split("<v>")[1].Split('<')[0]);
    }

    private static string RepeatsOf(string id, string repeat) => FormOf(id, [], [repeat]).Replace("type=\"string\"", "type=\"int\"", StringComparison.Ordinal);

    private static string FormOf(string id, (string Name, string Type)[] questions, params string[] repeats) => $"""
        <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
          <h:head><h:title>{id}</h:title><model><instance><data id="{id}" version="1">
            {string.Concat(questions.Select(question => $"<{question.Name}/>"))}{string.Concat(repeats.Select(name => $"<{name} jr:template=\"\"><a/></{name}>"))}
            <meta><instanceID/></meta></data></instance>
            {string.Concat(questions.Select(question => $"<bind nodeset=\"/data/{question.Name}\" type=\"{question.Type}\"/>"))}
            {string.Concat(repeats.Select(name => $"<bind nodeset=\"/data/{name}/a\" type=\"string\"/>"))}</model></h:head>
          <h:body>{string.Concat(repeats.Select(name => $"<group ref=\"/data/{name}\"><label>Rows</label><repeat nodeset=\"/data/{name}\"><input ref=\"/data/{name}/a\"><label>A</label></input></repeat></group>"))}</h:body></h:html>
        """;

    private static string InstanceOf(string id, (string Name, string Answer)[] answers, string rest = "") =>
        $"<data id=\"{id}\" version=\"1\">{string.Concat(answers.Select(one => $"<{one.Name}>{one.Answer}</{one.Name}>"))}{rest}<meta><instanceID>{Village.NewId()}</instanceID></meta></data>";

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync(string form)
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await server.PhoneAsync(admin, project, form));
    }
}
