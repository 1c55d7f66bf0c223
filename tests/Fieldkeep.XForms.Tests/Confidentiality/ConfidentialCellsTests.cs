using System.Text;
using System.Text.Json;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Tables;
using Fieldkeep.XForms.Tests.Tables;
using Xunit;

namespace Fieldkeep.XForms.Tests.Confidentiality;

public sealed class ConfidentialCellsTests
{
    private const string Masked = """
        <data id="t"><who fk:confidential="1"></who><age fk:confidential="2"/><crop/><several fk:confidential="9"/>
        <home fk:confidential="3" fk:radius="500">15.50123 32.5</home><way fk:confidential="4"/>
        <child><name fk:confidential="5"/></child><child><name>x</name></child></data>
        """;

    private static readonly XForm Form = ConfidentialPlanTests.Form("""
        | survey | type         | name  | label |
        |        | text         | who   | Who   |
        |        | integer      | age   | Age   |
        |        | text         | crop  | Crop  |
        |        | select_multiple l | several | S |
        |        | geopoint     | home  | Home  |
        |        | geotrace     | way   | Way   |
        |        | begin repeat | child | Child |
        |        | text         | name  | Name  |
        |        | end repeat   |       |       |
        | choices | list_name | name | label |
        |         | l         | a    | A     |
        """);

    private static readonly FormTables Tables = new([Form]);

    private static IReadOnlyList<FlatTable?> Flat => FlatTable.Of(Tables, new ColumnOptions(GroupPaths: false, SplitSelectMultiples: true));

    [Fact]
    public void Cells_of_CSV_say_confidential_and_a_displaced_point_is_a_point()
    {
        var tables = KeptRows.Of([Form], Masked, groupPaths: false, split: true);

        Assert.Contains("\n[confidential],[confidential],,[confidential],,15.50123,32.5,,,[confidential],uuid:1/child,", tables[0], StringComparison.Ordinal);
        Assert.Contains("\n[confidential],uuid:1,uuid:1/child[1]\nx,", tables[1], StringComparison.Ordinal);
    }

    [Fact]
    public void JSON_has_null_and_names_what_was_withheld_and_displaced()
    {
        using var writer = new JsonRows(Tables, new ColumnOptions(GroupPaths: false, SplitSelectMultiples: false), areLines: true);
        using var json = JsonDocument.Parse(KeptRows.Write(Tables, writer, ("uuid:1", Masked))[0]);
        var values = json.RootElement.GetProperty("values");

        Assert.Equal(JsonValueKind.Null, values.GetProperty("who").ValueKind);
        Assert.False(values.TryGetProperty("crop", out _));
        Assert.Equal(
            ["/who", "/age", "/several", "/home", "/way"], values.GetProperty("_confidential").EnumerateArray().Select(path => path.GetString() ?? ""));
        Assert.Equal(500, values.GetProperty("_masked").GetProperty("/home").GetDouble());
        Assert.Equal("/child/name", values.GetProperty("child")[0].GetProperty("_confidential")[0].GetString());
        Assert.False(values.GetProperty("child")[1].TryGetProperty("_confidential", out _));
    }

    [Fact]
    public void Maps_say_how_far_a_place_was_displaced_and_show_none_that_is_withheld()
    {
        using var geo = new GeoRows(Flat, null, MapKind.GeoJson);
        using var json = JsonDocument.Parse(Encoding.UTF8.GetString(KeptRows.Write(Tables, geo, ("uuid:1", Masked))[0]).TrimStart(',', '\n'));
        var properties = json.RootElement.GetProperty("properties");
        Assert.Equal((true, 500), (properties.GetProperty("_masked").GetBoolean(), properties.GetProperty("radius").GetDouble()));
        Assert.Equal(JsonValueKind.Null, properties.GetProperty("who").ValueKind);
        Assert.Equal(32.5, json.RootElement.GetProperty("geometry").GetProperty("coordinates")[0].GetDouble());

        using var kml = new GeoRows(Flat, null, MapKind.Kml);
        var text = Encoding.UTF8.GetString(KeptRows.Write(Tables, kml, ("uuid:1", Masked))[0]);
        Assert.Contains("<Data name=\"_masked\"><value>true</value></Data><Data name=\"radius\"><value>500</value></Data>", text, StringComparison.Ordinal);
        Assert.Contains("<value>[confidential]</value>", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Workbooks_and_SPSS_say_it_in_text()
    {
        using var sheet = new XlsxRows(Flat);
        Assert.Contains("[confidential]", Encoding.UTF8.GetString(KeptRows.Write(Tables, sheet, ("uuid:1", Masked))[0]), StringComparison.Ordinal);

        var tables = new SavTables(Flat, null);
        using var sav = new SavRows(tables);
        var cells = Encoding.UTF8.GetString(KeptRows.Write(Tables, sav, ("uuid:1", Masked))[0]);
        Assert.Contains("[confidential]", cells, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_knows_which_answers_were_taken_out()
    {
        var tree = InstanceTree.Read(Encoding.UTF8.GetBytes(Masked), Form).ListAll().ToList();

        Assert.Equal(
            ["/who", "/age", "/several", "/home", "/way", "/child/name"], tree.Where(node => node.IsConfidential).Select(node => node.Path));
        Assert.Equal(500, tree.Find(node => node.Path == "/home")?.Radius);
    }
}
