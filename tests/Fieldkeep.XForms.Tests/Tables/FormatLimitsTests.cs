using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Tables;
using Fieldkeep.XForms.Tests.Xml;
using Fieldkeep.XForms.Xml;
using Xunit;

namespace Fieldkeep.XForms.Tests.Tables;

/// <summary>What formats do where they end: sheets, widths, names, shapes that are none.</summary>
public sealed class FormatLimitsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_table_longer_than_a_sheet_goes_on_in_the_next()
    {
        var form = Form("<a/>");
        var instances = Enumerable.Range(1, 25).Select(at => ($"uuid:{at}", $"<data id='f'><a>{at}</a></data>"));

        var sheets = XlsxCellReader.Read(await XlsxAsync(form, mostRows: 11, [.. instances]));

        Assert.Equal(["data", "data (2)", "data (3)"], sheets.Keys);
        Assert.All(sheets.Values, rows => Assert.Equal("SubmissionDate", rows[0][0]));
        Assert.Equal(Enumerable.Range(1, 25).Select(at => $"{at}"), sheets.Values.SelectMany(rows => rows.Skip(1)).Select(row => row[1]));
    }

    [Fact]
    public async Task Five_thousand_columns_come_out_of_workbook_and_SPSS()
    {
        var names = Enumerable.Range(0, 5_000).Select(at => $"q{at}").ToList();
        var form = Form(string.Concat(names.Select(name => $"<{name}/>")));
        var xml = $"<data id='f'>{string.Concat(names.Select(name => $"<{name}>{name} é</{name}>"))}</data>";

        var row = XlsxCellReader.Read(await XlsxAsync(form, 1_000, ("uuid:1", xml)))["data"][1];
        var sav = await SavAsync(form, ("uuid:1", xml));

        Assert.Equal(names.Select(name => $"{name} é"), row[1..5_001]);
        Assert.Equal(names.Select(name => $"{name} é"), sav.Rows[0][1..5_001]);
    }

    [Fact]
    public void Columns_of_one_name_are_told_apart_and_those_of_every_submission_keep_theirs()
    {
        var form = Form("<g><a/></g><h><a/></h><a/><KEY/><SubmissionDate/>");

        var headings = new FlatTable(new FormTables([form]).Tables[0], new ColumnOptions(GroupPaths: false, SplitSelectMultiples: false))
            .Columns.Select(column => column.Heading).ToList();

        Assert.Equal(["SubmissionDate", "a", "a~2", "a~3", "KEY~2", "SubmissionDate~2", "KEY"], headings[..7]);
        Assert.Equal(headings.Count, headings.Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(757)]
    [InlineData(32_767)]
    public async Task Texts_of_any_width_are_whole_in_SPSS(int bytes)
    {
        var text = string.Concat(Enumerable.Range(0, bytes).Select(at => (char)('a' + (at % 26))));

        var sav = await SavAsync(Form("<a/><b/>"), ("uuid:1", $"<data id='f'><a>{text}</a><b>after</b></data>"), ("uuid:2", "<data id='f'><a>short</a></data>"));

        Assert.Equal((text, "after", "short", ""), (sav.Rows[0][1], sav.Rows[0][2], sav.Rows[1][1], sav.Rows[1][2]));
    }

    [Fact]
    public async Task What_SPSS_cannot_hold_is_cut_between_characters_and_whole_in_the_table_of_long_texts()
    {
        var text = new string('语', 20_000);
        var tables = new FormTables([Form("<a/>")]);
        var flat = FlatTable.Of(tables, new ColumnOptions(true, false));
        var sav = new SavTables(flat, null);
        IReadOnlyList<byte[]> outputs;
        using (var writer = new SavRows(sav))
        {
            outputs = KeptRows.Write(tables, writer, ("uuid:1", $"<data id='f'><a>{text}</a></data>"));
        }

        using var file = new MemoryStream();
        await SavFile.WriteAsync(sav, 0, new MemoryStream(outputs[0]), "", DateTimeOffset.UnixEpoch, file, Token);
        var cell = SavReader.Read(file.ToArray()).Rows[0][1];

        Assert.EndsWith("语… [cut: whole text in long-texts]", cell, StringComparison.Ordinal);
        Assert.Equal($"uuid:1,a,1,{text}\n", Encoding.UTF8.GetString(outputs[1]));
    }

    [Fact]
    public async Task Names_that_SPSS_refuses_become_others_unlike_each_other()
    {
        var sav = await SavAsync(Form("<with/><a-b/><a.b/><a_b/><ALL/><_x/><été/>"), ("uuid:1", "<data id='f'/>"));

        Assert.Equal(
            ["with_v", "a_b", "a.b", "a_b_2", "ALL_v", "v_x", "été"], sav.Columns.Skip(1).Take(7).Select(column => column.Name));
    }

    [Theory]
    [InlineData("geopoint", "1.5 -2.25 3 4", """{"type":"Point","coordinates":[-2.25,1.5,3]}""")]
    [InlineData("geopoint", "1.5 -2.25", """{"type":"Point","coordinates":[-2.25,1.5]}""")]
    [InlineData("geopoint", "91 0 0 0", "null")]
    [InlineData("geopoint", "north", "null")]
    [InlineData("geotrace", "0 0 0 0;1 1 0 0;", """{"type":"LineString","coordinates":[[0,0,0],[1,1,0]]}""")]
    [InlineData("geotrace", "0 0 0 0", "null")]
    [InlineData("geoshape", "0 0;0 1;1 1", """{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}""")]
    [InlineData("geoshape", "0 0;1 1;0 1;0 0", """{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}""")]
    [InlineData("geoshape", "0 0;1 1", "null")]
    public void Shapes_are_valid_or_null_and_what_is_no_shape_stays_among_the_properties(string type, string answer, string geometry)
    {
        var form = XFormReader.Read(SmallForm.Of($"<instance><data id='f'><p/></data></instance><bind nodeset='/data/p' type='{type}'/>"));
        var tables = new FormTables([form]);
        using var writer = new GeoRows(FlatTable.Of(tables, new ColumnOptions(true, false)), null, MapKind.GeoJson);
        var text = Encoding.UTF8.GetString(KeptRows.Write(tables, writer, ("uuid:1", $"<data id='f'><p>{answer}</p></data>"))[0]);
        using var json = JsonDocument.Parse(text.TrimStart(','));

        Assert.Equal(geometry, json.RootElement.GetProperty("geometry").GetRawText());
        Assert.StartsWith(answer.Split(' ')[0], json.RootElement.GetProperty("properties").GetProperty(type == "geopoint" ? "p-Latitude" : "p").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Texts_that_would_be_formulas_or_break_xml_are_texts_in_a_workbook()
    {
        string[] texts = ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "عربى ‏שלום", "_x000D_", "a\r\nb", "<&>\"", "007", "12345678901234567890", " x ", "\uFFFD"];
        var instances = texts.Select((text, at) => ($"uuid:{at}", $"<data id='f'><a>{System.Security.SecurityElement.Escape(text).Replace("\r", "&#13;", StringComparison.Ordinal)}</a></data>"));

        var rows = XlsxCellReader.Read(await XlsxAsync(Form("<a/>"), 1_000, [.. instances]))["data"];

        Assert.Equal(texts, rows.Skip(1).Select(row => row[1]));
    }

    private static XForm Form(string nodes) => XFormReader.Read(SmallForm.Of($"<instance><data id='f'>{nodes}</data></instance>"));

    private static async Task<byte[]> XlsxAsync(XForm form, int mostRows, params (string Id, string Xml)[] instances)
    {
        var tables = new FormTables([form]);
        var flat = FlatTable.Of(tables, new ColumnOptions(true, false));
        using var writer = new XlsxRows(flat);
        var outputs = KeptRows.Write(tables, writer, instances);
        using var file = new MemoryStream();
        await using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            var sheets = new XlsxSheets(zip, mostRows);
            await sheets.StartAsync("data", [.. (flat[0]?.Columns ?? []).Select(column => column.Heading)], Token);
            foreach (var piece in outputs[0].Chunk(777))
            {
                await sheets.WriteAsync(piece, Token);
            }

            await sheets.FinishAsync(Token);
        }

        return file.ToArray();
    }

    private static async Task<SavReader> SavAsync(XForm form, params (string Id, string Xml)[] instances)
    {
        var tables = new FormTables([form]);
        var sav = new SavTables(FlatTable.Of(tables, new ColumnOptions(true, false)), null);
        IReadOnlyList<byte[]> outputs;
        using (var writer = new SavRows(sav))
        {
            outputs = KeptRows.Write(tables, writer, instances);
        }

        using var file = new MemoryStream();
        await SavFile.WriteAsync(sav, 0, new MemoryStream(outputs[0]), "", DateTimeOffset.UnixEpoch, file, Token);
        return SavReader.Read(file.ToArray());
    }
}
