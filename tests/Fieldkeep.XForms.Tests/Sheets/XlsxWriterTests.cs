using System.IO.Compression;
using System.Xml;
using ExcelDataReader;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Sheets;
using Xunit;

namespace Fieldkeep.XForms.Tests.Sheets;

/// <summary>Writes workbooks and opens them again, with the own reader and with another.</summary>
public sealed class XlsxWriterTests
{
    private static readonly string[] Awkward =
    [
        "plain", "a < b && c > \"d\" 'e'", " spaces  around ", "two\nlines\tand a tab", "carriage\r\nreturn", "\u0001\u0008\u001F", "_x0041_ and _x_ and __x0041_",
        "=1+1", "+49 30", "-5", "@name", "0042", "1e5", "TRUE", "2026-11-21", "żółć 日本 \U0001F333", "\uFFFE\uFFFF", "]]>", "jr:itext('a')", "x",
    ];

    [Fact]
    public void Every_text_comes_back_as_it_was()
    {
        var file = Write(writer =>
        {
            writer.StartSheet("survey", ["text"]);
            foreach (var text in Awkward)
            {
                writer.WriteRow([text]);
            }
        });

        var sheet = Assert.Single(Read(file).Sheets);
        Assert.Equal(["text"], sheet.Header);
        Assert.Equal(Awkward.Select(text => text.Trim()), sheet.Rows.Select(row => row.Cells[0]));
    }

    [Fact]
    public void Another_reader_sees_the_same_texts_and_numbers()
    {
        var file = Write(writer =>
        {
            writer.StartSheet("survey", ["text", "number", "exact"]);
            foreach (var text in Awkward)
            {
                writer.StartRow();
                writer.Write(text);
                writer.Write(0.1);
                writer.Write(12.50m);
            }
        });

        // The reader knows the old code pages of .xls files whatever it opens.
        System.Text.Encoding.RegisterProvider(System.Text.CodePagesEncodingProvider.Instance);
        using var reader = ExcelReaderFactory.CreateOpenXmlReader(new MemoryStream(file));
        Assert.Equal("survey", reader.Name);
        Assert.True(reader.Read());
        Assert.Equal("text", reader.GetString(0));
        foreach (var text in Awkward)
        {
            Assert.True(reader.Read());
            Assert.Equal(text, reader.GetString(0));
            Assert.Equal(0.1, reader.GetDouble(1));
            Assert.Equal(12.5, reader.GetDouble(2));
        }

        Assert.False(reader.Read());
    }

    [Fact]
    public void Half_a_surrogate_pair_becomes_the_sign_for_unreadable()
    {
        var file = Write(writer =>
        {
            writer.StartSheet("survey", ["text"]);
            writer.WriteRow(["a\uD83Cb\uDF33"]);
        });

        Assert.Equal("a\uFFFDb\uFFFD", Read(file).Sheets[0].Rows[0].Cells[0]);
    }

    [Fact]
    public void Empty_cells_rows_and_numbers_that_are_none_stay_empty()
    {
        var file = Write(writer =>
        {
            writer.StartSheet("survey", ["a", "b", "c"]);
            writer.StartRow();
            writer.WriteRow([null, "", "x"]);
            writer.StartRow();
            writer.Write(double.NaN);
            writer.Skip();
            writer.Write(3m);
        });

        var rows = Read(file).Sheets[0].Rows;
        Assert.Equal([2, 3, 4], rows.Select(row => row.Number));
        Assert.Empty(rows[0].Cells);
        Assert.Equal<string?[]>([null, null, "x"], rows[1].Cells);
        Assert.Equal<string?[]>([null, null, "3"], rows[2].Cells);
    }

    [Fact]
    public void Names_of_sheets_become_valid_and_unique()
    {
        var names = new List<string>();
        Write(writer =>
        {
            foreach (var name in (string[])["a/b:c*[d]?\\e", "A/B:C*[D]?\\E", "'quoted'", "", "History", new string('x', 40), new string('X', 40), "a tree\U0001F333 of a very long name\U0001F333\U0001F333"])
            {
                names.Add(writer.StartSheet(name, ["h"]));
            }
        });

        Assert.Equal(
            ["a_b_c__d___e", "A_B_C__D___E~2", "quoted", "_", "History_", new string('x', 31), new string('X', 29) + "~2", "a tree\U0001F333 of a very long name\U0001F333"],
            names);
    }

    [Theory]
    [InlineData("12345678901234567890123456789 ' '", "12345678901234567890123456789")]
    [InlineData("123456789012345678901234567890''x", "123456789012345678901234567890")]
    [InlineData("a\uFFFEb\uFFFF", "a_b_")]
    [InlineData("' ' a ' '", "a")]
    public void A_name_that_no_workbook_can_have_is_made_one_it_can(string name, string expected)
    {
        string? given = null;
        Write(writer =>
        {
            given = writer.StartSheet(name, ["h"]);
            Assert.False(writer.StartSheet(name, ["h"]).EndsWith('\''));
        });

        Assert.Equal(expected, given);
    }

    [Fact]
    public void The_same_sheets_give_the_same_bytes()
    {
        static void Fill(XlsxWriter writer)
        {
            writer.StartSheet("survey", ["a"], [12]);
            writer.WriteRow(["x"]);
        }

        Assert.Equal(Write(Fill), Write(Fill));
    }

    [Fact]
    public void Texts_have_the_format_text_and_the_header_is_frozen()
    {
        var file = Write(writer =>
        {
            writer.StartSheet("survey", ["a"], [12, 300]);
            writer.WriteRow(["x"]);
        });

        var sheet = Part(file, "xl/worksheets/sheet1.xml");
        Assert.Equal("frozen", sheet.SelectSingleNode("//*[local-name()='pane']/@state")?.Value);
        Assert.Equal(["12", "255"], sheet.SelectNodes("//*[local-name()='col']/@width")!.Cast<XmlAttribute>().Select(width => width.Value));
        var style = int.Parse(sheet.SelectSingleNode("//*[local-name()='c'][@r='A2']/@s")!.Value!);
        var formats = Part(file, "xl/styles.xml").SelectNodes("//*[local-name()='cellXfs']/*/@numFmtId")!;
        Assert.Equal("49", formats[style]!.Value);
    }

    [Fact]
    public void A_cell_longer_than_a_workbook_holds_is_refused_with_its_place()
    {
        using var writer = new XlsxWriter(Stream.Null);
        writer.StartSheet("survey", ["a"]);
        writer.WriteRow([new string('x', XlsxWriter.MaxCellLength)]);
        var refusal = Assert.Throws<XlsxLimitException>(() => writer.WriteRow([new string('x', XlsxWriter.MaxCellLength + 1)]));
        Assert.Equal(("survey", 3), (refusal.Sheet, refusal.Row));
        Assert.Contains("32,767", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_and_a_column_too_many_are_refused()
    {
        using var writer = new XlsxWriter(Stream.Null);
        writer.StartSheet("survey", ["a"]);
        writer.WriteRow(new string?[XlsxWriter.MaxColumns + 5]);
        writer.StartRow();
        for (var i = 0; i < XlsxWriter.MaxColumns; i++)
        {
            writer.Write(1m);
        }

        Assert.Throws<XlsxLimitException>(() => writer.Write("one more"));
        for (var row = 4; row <= XlsxWriter.MaxRows; row++)
        {
            writer.StartRow();
        }

        Assert.Throws<XlsxLimitException>(writer.StartRow);
    }

    [Fact]
    public void A_stream_that_cannot_be_rewound_is_enough()
    {
        var bytes = new MemoryStream();
        using (var oneWay = new GZipStream(bytes, CompressionLevel.NoCompression, leaveOpen: true))
        using (var writer = new XlsxWriter(oneWay))
        {
            writer.StartSheet("survey", ["a"]);
            writer.WriteRow([new string('y', 30_000)]);
            writer.Finish();
        }

        bytes.Position = 0;
        var unpacked = new MemoryStream();
        new GZipStream(bytes, CompressionMode.Decompress).CopyTo(unpacked);
        Assert.Equal(30_000, Read(unpacked.ToArray()).Sheets[0].Rows[0].Cells[0]?.Length);
    }

    [Fact]
    public void A_workbook_without_sheets_is_not_finished()
    {
        using var writer = new XlsxWriter(Stream.Null);
        Assert.Throws<InvalidOperationException>(writer.StartRow);
        Assert.Throws<InvalidOperationException>(writer.Finish);
    }

    private static byte[] Write(Action<XlsxWriter> fill)
    {
        using var file = new MemoryStream();
        using (var writer = new XlsxWriter(file))
        {
            fill(writer);
            writer.Finish();
        }

        return file.ToArray();
    }

    private static Workbook Read(byte[] file)
    {
        var diagnostics = new DiagnosticList();
        var workbook = WorkbookReader.Read(new MemoryStream(file), null, diagnostics);
        Assert.Empty(diagnostics);
        return workbook ?? throw new InvalidOperationException("no workbook");
    }

    private static XmlDocument Part(byte[] file, string name)
    {
        using var zip = new ZipArchive(new MemoryStream(file));
        var document = new XmlDocument();
        using var part = zip.GetEntry(name)!.Open();
        document.Load(part);
        return document;
    }
}
