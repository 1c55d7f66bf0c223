using System.Buffers;
using System.Text;
using Fieldkeep.XForms.Tables;
using Xunit;

namespace Fieldkeep.XForms.Tests.Tables;

public sealed class CsvWriterTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"hi\"", "\"say \"\"hi\"\"\"")]
    [InlineData("two\nlines", "\"two\nlines\"")]
    [InlineData("é漢😀", "é漢😀")]
    [InlineData(" a ", "\" a \"")]
    public void Cells_are_quoted_only_where_needed(string text, string csv) => Assert.Equal(csv, Written(text));

    [Theory]
    [InlineData("=1+1", "\"'=1+1\"")]
    [InlineData("@SUM(A1)", "\"'@SUM(A1)\"")]
    [InlineData("+cmd|' /C calc'!A0", "\"'+cmd|' /C calc'!A0\"")]
    [InlineData("-A1", "\"'-A1\"")]
    [InlineData("\t=1", "\"'\t'=1\"")]
    [InlineData("\r=1", "\"'\r'=1\"")]
    [InlineData("＝1", "\"'＝1\"")]
    [InlineData("=\"a\",b", "\"'=\"\"a\"\",b\"")]
    [InlineData("+1-555-0100", "\"'+1-555-0100\"")]
    [InlineData("-2+3", "\"'-2+3\"")]
    public void What_a_spreadsheet_would_compute_gets_an_apostrophe(string text, string csv) => Assert.Equal(csv, Written(text));

    [Theory]
    [InlineData("x;=HYPERLINK(\"e\")", "\"x;'=HYPERLINK(\"\"e\"\")\"")]
    [InlineData("a\n=1;@B1", "\"a\n'=1;'@B1\"")]
    [InlineData("a\t+cmd|x", "\"a\t'+cmd|x\"")]
    [InlineData("=1;=2", "\"'=1;'=2\"")]
    [InlineData("a;＝1", "\"a;'＝1\"")]
    [InlineData("a;b\n- c", "\"a;b\n- c\"")]
    public void What_would_be_computed_behind_another_separator_does_too(string text, string csv) => Assert.Equal(csv, Written(text));

    [Theory]
    [InlineData("-3.5")]
    [InlineData("+254712345678")]
    [InlineData("-1.5e-7")]
    [InlineData("-1.5 36.25 0 4.5;-1.6 36.25 0 -4.5")]
    [InlineData("a=b")]
    public void Numbers_and_coordinates_stay_as_they_are(string text) => Assert.Equal(text, Written(text));

    [Fact]
    public void Cells_written_in_any_way_read_back_the_same()
    {
        string[] cells = ["a", "", "b,\"c\"\r\nd", "x\ny", "\"", ","];
        var output = new ArrayBufferWriter<byte>();
        var csv = new CsvWriter(output);
        foreach (var cell in cells)
        {
            csv.Write(cell);
            csv.Write(Encoding.UTF8.GetBytes(cell));
        }

        csv.Write(-7L);
        csv.EndRow();
        var workbook = Fieldkeep.XForms.Sheets.CsvReader.Read("sheet," + Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.Equal(
            [.. cells.SelectMany(cell => new[] { cell, cell }).Select(cell => cell.Length == 0 ? null : cell), "-7"],
            workbook.Sheets[0].Header);
    }

    private static string Written(string text)
    {
        var output = new ArrayBufferWriter<byte>();
        var csv = new CsvWriter(output);
        csv.Write(text);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
