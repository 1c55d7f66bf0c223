using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Sheets;
using Xunit;

namespace Fieldkeep.XForms.Tests.Sheets;

public sealed class WorkbookReaderTests
{
    [Fact]
    public void Cells_become_text_by_their_type_and_format()
    {
        const string Styles = """
            <numFmts><numFmt numFmtId='164' formatCode='[$-409]dddd&quot;d&quot;'/><numFmt numFmtId='165' formatCode='0.0 &quot;days&quot;'/><numFmt numFmtId='166' formatCode='[h]:mm'/></numFmts>
            <cellStyleXfs><xf numFmtId='14'/></cellStyleXfs>
            <cellXfs><xf numFmtId='0'/><xf numFmtId='14'/><xf numFmtId='20'/><xf numFmtId='164'/><xf numFmtId='165'/><xf numFmtId='166'/></cellXfs>
            """;
        var header = SmallXlsx.Row(1, "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n");
        var workbook = Read(SmallXlsx.Of(
            "<si><t> shared\u00A0text </t></si><si><r><t>rich </t></r><r><rPr/><t>text</t></r><rPh><t>aid</t></rPh></si>",
            Styles,
            ("survey", header + """
                <row r="2"><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="b"><v>1</v></c><c><v>3.0</v></c><c><v>0.1</v></c>
                <c><v>1.0000000000000001E-5</v></c><c><v>1E+20</v></c><c s="1"><v>45000</v></c><c s="1"><v>45000.75</v></c><c s="2"><v>0.5</v></c>
                <c s="3"><v>45000</v></c><c s="4"><v>2.5</v></c><c t="e"><v>#N/A</v></c><c><f>1+1</f></c></row>
                """)));
        Assert.Equal(
            ["shared text", "rich text", "TRUE", "3", "0.1", "1e-05", "100000000000000000000", "2023-03-15 00:00:00", "2023-03-15 18:00:00", "12:00:00", "2023-03-15 00:00:00", "2.5", "#N/A"],
            Assert.Single(Assert.Single(workbook.Sheets).Rows).Cells.ToList());
    }

    [Theory]
    [InlineData(0.1, "0.1")]
    [InlineData(-2, "-2")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(0.00001, "1e-05")]
    [InlineData(1.5e-10, "1.5e-10")]
    [InlineData(1234567890123456.5, "1234567890123456.5")]
    [InlineData(1e16, "10000000000000000")]
    [InlineData(0.30000000000000004, "0.30000000000000004")]
    public void Numbers_are_written_in_their_shortest_form(double value, string text) => Assert.Equal(text, CellNumbers.Write(value));

    [Theory]
    [InlineData(59, "1900-02-28 00:00:00")]
    [InlineData(61, "1900-03-01 00:00:00")]
    [InlineData(0.25, "06:00:00")]
    [InlineData(44197.000011574, "2021-01-01 00:00:01")]
    public void Date_serials_follow_Excel(double serial, string text) => Assert.Equal(text, CellNumbers.WriteDate(serial, is1904: false));

    [Fact]
    public void Headers_are_trimmed_and_end_after_twenty_one_empty_cells()
    {
        var cells = string.Concat(Enumerable.Range(0, 22).Select(i => $"<c r='{Column(i + 3)}1'/>"));
        var sheet = Assert.Single(Read(SmallXlsx.Of(("survey",
            $"<row r='1'><c r='A1' t='str'><v> form   title </v></c><c r='C1' t='str'><v>b</v></c>{cells}<c r='Z1' t='str'><v>lost</v></c></row>"
            + SmallXlsx.Row(2, "1", "ignored", "3", "beyond")))).Sheets);
        Assert.Equal(["form title", null, "b"], sheet.Header);
        Assert.Equal(["1", null, "3"], Assert.Single(sheet.Rows).Cells.ToList());
    }

    [Fact]
    public void A_header_that_occurs_twice_is_reported_with_its_place()
    {
        var diagnostics = new DiagnosticList();
        Read(SmallXlsx.Of(("survey", SmallXlsx.Row(1, "type", "name", "type")), ("notes", SmallXlsx.Row(1, "x", "x"))), "f.xlsx", diagnostics);
        var found = Assert.Single(diagnostics);
        Assert.Equal((DiagnosticCode.DuplicateRawHeader, new SourceCell("survey", 1, "type")), (found.Code, found.Cell));
    }

    [Fact]
    public void Rows_keep_their_numbers_and_end_after_sixty_one_empty_ones()
    {
        var sheet = Assert.Single(Read(SmallXlsx.Of(("survey",
            SmallXlsx.Row(1, "a") + SmallXlsx.Row(3, "x") + "<row r='4'><c r='A4' t='str'><v>  </v></c></row>"
            + SmallXlsx.Row(64, "y") + SmallXlsx.Row(126, "lost")))).Sheets);
        Assert.Equal([3, 64], sheet.Rows.Where(row => row.Cells.Length > 0).Select(row => row.Number));
        Assert.Equal(Enumerable.Range(2, 63), sheet.Rows.Select(row => row.Number));
    }

    [Fact]
    public void Csv_holds_several_sheets_and_quoted_cells()
    {
        var workbook = Read(Encoding.UTF8.GetBytes("\uFEFFsurvey,,,\r\n,type,name,label\r\n,text,q,\"Say \"\"hi\"\",\nplease\"\r\n,,,\r\n,note, n ,\r\nchoices\r\n,list_name,name\r\n"));
        Assert.Equal(["survey", "choices"], workbook.Sheets.Select(sheet => sheet.Name));
        Assert.Equal(["type", "name", "label"], workbook.Sheets[0].Header);
        Assert.Equal(["text", "q", "Say \"hi\",\nplease"], workbook.Sheets[0].Rows[0].Cells.ToList());
        Assert.Equal((3, "n"), (workbook.Sheets[0].Rows[1].Number, workbook.Sheets[0].Rows[1].Cells[1]));
    }

    [Fact]
    public void Content_decides_the_format_whatever_the_name()
    {
        var xlsx = SmallXlsx.Of(("survey", SmallXlsx.Row(1, "type")));
        Assert.Equal("type", Read(xlsx, "form.xls").Sheets[0].Header[0]);
        Assert.Equal("type", Read("| survey |\n| | type | name |\n| | text | a |"u8.ToArray(), "form.txt").Sheets[0].Header[0]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("PK\u0003\u0004 not a zip")]
    [InlineData("a,b,c,\0d,e,f,g")]
    public void What_is_no_workbook_gives_a_diagnostic(string text) =>
        Assert.Equal(DiagnosticCode.InputUnrecognised, Refused(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void A_zip_that_is_no_workbook_gives_a_diagnostic()
    {
        Assert.Equal(DiagnosticCode.InputUnrecognised, Refused(SmallXlsx.Zip(("a.txt", "a"))));
        Assert.Equal(DiagnosticCode.InputUnrecognised, Refused(SmallXlsx.Zip(("xl/workbook.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"))));
    }

    [Fact]
    public void A_zip_bomb_is_stopped_while_it_inflates()
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var part = zip.CreateEntry("xl/workbook.xml").Open();
            part.Write("<workbook>"u8);
            var blanks = new byte[1024 * 1024];
            Array.Fill(blanks, (byte)' ');
            for (var i = 0; i < 64; i++)
            {
                part.Write(blanks);
            }
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(DiagnosticCode.InputTooLarge, Refused(bytes.ToArray()));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 64 * 1024 * 1024, "The bomb was held in memory.");
    }

    [Fact]
    public void Too_many_parts_are_refused() => Assert.Equal(
        DiagnosticCode.InputTooLarge,
        Refused(SmallXlsx.Zip([.. Enumerable.Range(0, WorkbookLimits.MaxEntries + 1).Select(i => ($"p{i}", ""))])));

    [Fact]
    public void A_workbook_with_any_byte_changed_never_throws()
    {
        var xlsx = SmallXlsx.Of("<si><t>a</t></si>", "", ("survey", SmallXlsx.Row(1, "type", "name") + SmallXlsx.Row(2, "text", "q")));
        for (var at = 0; at < xlsx.Length; at += 3)
        {
            var damaged = (byte[])xlsx.Clone();
            damaged[at] ^= 0x55;
            Read(damaged, null, []);
            Read(xlsx[..at], null, []);
        }
    }

    [Fact]
    public void An_xls_with_any_bytes_changed_never_throws()
    {
        var files = Directory.GetFiles(ConformanceFolder.Require("xlsform/files"), "*.xls").Order(StringComparer.Ordinal).Take(2);
        foreach (var xls in files.Select(File.ReadAllBytes))
        {
            for (var at = 0; at < xls.Length; at += 211)
            {
                var damaged = (byte[])xls.Clone();
                damaged[at] ^= 0xFF;
                damaged[(at * 31) % xls.Length] ^= 0x0F;
                Read(damaged, null, []);
            }

            for (var length = 0; length < xls.Length; length += 997)
            {
                Read(xls[..length], null, []);
            }
        }
    }

    [Fact]
    public void Ten_thousand_rows_are_read_quickly()
    {
        var rows = new StringBuilder(SmallXlsx.Row(1, "type", "name", "label", "hint", "relevant", "x"));
        for (var i = 2; i < 10_002; i++)
        {
            rows.Append(SmallXlsx.Row(i, "text", "q" + i, "Label", "Hint", "${a} > 1", "x"));
        }

        var xlsx = SmallXlsx.Of(("survey", rows.ToString()));
        var watch = Stopwatch.StartNew();
        Assert.Equal(10_000, Read(xlsx).Sheets[0].Rows.Count);

        // Some 60 ms on the reference machine; the bound only catches a quadratic reader.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{watch.Elapsed}");
    }

    [Fact]
    public void Every_workbook_of_the_collection_is_read_and_its_formats_agree()
    {
        var folder = ConformanceFolder.Require("xlsform/files");
        var files = Directory.GetFiles(folder).Where(file => Path.GetExtension(file) is ".xls" or ".xlsx" or ".xlsm" or ".md" or ".csv" && !file.EndsWith("itemsets.csv", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(files);
        var compared = 0;
        var different = new List<string>();
        foreach (var same in files.GroupBy(file => Path.GetFileNameWithoutExtension(file), StringComparer.Ordinal))
        {
            string? first = null;
            foreach (var file in same.OrderBy(file => file, StringComparer.Ordinal))
            {
                var shown = Show(file);
                if (first is not null && first != shown)
                {
                    different.Add(Path.GetFileName(file));
                }

                compared += first is null ? 0 : 1;
                first ??= shown;
            }
        }

        // These forms were changed in one of their two formats only.
        Assert.Equal(["example_xls__gps.xls", "example_xls__widgets.xls"], different);
        Assert.True(compared > 8, $"Only {compared} pairs were compared.");
    }

    [Fact]
    public void Every_real_workbook_is_read()
    {
        foreach (var file in Directory.GetFiles(ConformanceFolder.Require("xlsform/real")).Where(file => Path.GetExtension(file) is ".xls" or ".xlsx"))
        {
            using var stream = File.OpenRead(file);
            var diagnostics = new DiagnosticList();
            var workbook = WorkbookReader.Read(stream, file, diagnostics);
            Assert.True(workbook is not null && diagnostics.Count == 0, $"{file}: {string.Join("; ", diagnostics.Select(found => found.Message))}");
            Assert.Contains(workbook.Sheets, sheet => sheet.Name.Equals("survey", StringComparison.OrdinalIgnoreCase) && sheet.Header.Count > 0);
        }
    }

    private static string Show(string file)
    {
        using var stream = File.OpenRead(file);
        var workbook = WorkbookReader.Read(stream, file, []);
        Assert.True(workbook is not null, file);
        var shown = new StringBuilder();
        foreach (var sheet in workbook.Sheets.Where(sheet => sheet.Header.Count > 0).OrderBy(sheet => sheet.Name, StringComparer.OrdinalIgnoreCase))
        {
            shown.Append('#').AppendLine(sheet.Name.ToUpperInvariant()).AppendJoin('|', sheet.Header.Where(cell => cell is not null)).AppendLine();
            foreach (var row in sheet.Rows.Where(row => row.Cells.Any(cell => cell is not null)))
            {
                shown.AppendJoin('|', row.Cells.Where(cell => cell is not null)).AppendLine();
            }
        }

        return shown.ToString();
    }

    private static string Column(int index) => index < 26 ? ((char)('A' + index)).ToString() : "A" + (char)('A' + index - 26);

    private static Workbook Read(byte[] bytes, string? name = null)
    {
        var diagnostics = new DiagnosticList();
        var workbook = Read(bytes, name, diagnostics);
        Assert.True(workbook is not null && diagnostics.Count == 0, string.Join("; ", diagnostics.Select(found => found.Message)));
        return workbook;
    }

    private static Workbook? Read(byte[] bytes, string? name, DiagnosticList diagnostics)
    {
        using var stream = new MemoryStream(bytes);
        return WorkbookReader.Read(stream, name, diagnostics);
    }

    private static string Refused(byte[] bytes)
    {
        var diagnostics = new DiagnosticList();
        Assert.Null(Read(bytes, null, diagnostics));
        return Assert.Single(diagnostics).Code;
    }
}
