using System.Buffers.Binary;
using System.Text;
using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Sheets;
using Xunit;

namespace Fieldkeep.XForms.Tests.Sheets;

/// <summary>Reads files made to exhaust memory or time; each was found by <c>script/fuzz xlsform</c>.</summary>
public sealed class WorkbookAttacksTests
{
    private const long Modest = 128L * 1024 * 1024;

    [Theory]
    [InlineData(30, 31)]
    [InlineData(32, 30)]
    public void An_xls_with_giant_sectors_is_refused_before_they_are_made(int at, ushort bits)
    {
        var header = Xls();
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(at), bits);

        AssertRefused(DiagnosticCode.InputUnrecognised, header);
    }

    [Fact]
    public void An_xls_whose_list_of_tables_never_ends_is_refused()
    {
        var header = Xls();
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(68), 0);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(72), int.MaxValue);

        AssertRefused(DiagnosticCode.InputUnrecognised, header);
    }

    [Fact]
    public void An_xls_of_more_than_16_MiB_is_refused() =>
        AssertRefused(DiagnosticCode.InputTooLarge, [.. Xls(), .. new byte[XlsContainer.MaxBytes]]);

    [Theory]
    [InlineData("<a>", 3_000_000)]
    [InlineData("<c/>", 2_000_000)]
    [InlineData("<row><c t='inlineStr'><is><t>1</t></is></c></row>", 1_100_000)]
    public void A_zipped_sheet_of_endless_repetition_is_refused_while_it_is_read(string piece, int times)
    {
        // Comments keep the ratio of deflation below the one that is refused by itself.
        var rows = new StringBuilder("<row r='1'><c t='inlineStr'><is><t>type</t></is></c></row><row r='2'>");
        for (var i = 0; i < times; i++)
        {
            rows.Append(piece).Append(i % 40 == 0 ? $"<!--{i * 7919L % 1_000_003}-->" : "");
        }

        var file = SmallXlsx.Of(("survey", rows.Append("</row>").ToString()));
        rows.Clear();

        AssertRefused(null, file);
    }

    [Fact]
    public void An_element_of_a_million_attributes_is_refused()
    {
        var attributes = string.Concat(Enumerable.Range(0, 1_000_000).Select(i => $" a{i}=''"));

        AssertRefused(DiagnosticCode.InputTooLarge, SmallXlsx.Of(("survey", $"<row r='1'{attributes}/>")));
    }

    [Theory]
    [InlineData("ﬁ")]
    [InlineData("ስም")]
    [InlineData("𐍈")]
    public void A_name_that_XML_readers_refuse_is_refused_here(string name)
    {
        var form = XlsFormCompiler.Compile(
            MarkdownReader.Read($"""
                | survey | type | name   | label |
                |        | text | {name} | A     |
                """),
            new CompileOptions());

        Assert.Contains(form.Diagnostics, one => one.Code == DiagnosticCode.InvalidName && one.Cell?.Row == 2);
    }

    [Fact]
    public void A_survey_of_more_rows_than_any_form_has_is_refused_at_once()
    {
        var rows = Enumerable.Range(2, 150_000).Select(i => new SheetRow(i, ["text", $"q{i}", "Q"])).ToList();
        var form = XlsFormCompiler.Compile(new Workbook([new Sheet("survey", ["type", "name", "label"], rows)]), new CompileOptions());

        Assert.Equal(DiagnosticCode.LimitExceeded, Assert.Single(form.Diagnostics).Code);
    }

    /// <summary>A header of [MS-CFB] with sane sizes and nothing behind it.</summary>
    private static byte[] Xls()
    {
        var header = new byte[1024];
        ((byte[])[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]).CopyTo(header, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(28), 0xFFFE);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(30), 9);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(32), 6);
        header.AsSpan(68, 4).Fill(0xFF);
        header.AsSpan(76, 436).Fill(0xFF);
        return header;
    }

    private static void AssertRefused(string? code, byte[] file)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var form = XlsFormCompiler.Compile(new MemoryStream(file), "form", new CompileOptions());
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.False(form.Succeeded);
        Assert.True(code is null || form.Diagnostics[0].Code == code, form.Diagnostics[0].Message);
        Assert.True(allocated < (file.Length * 4L) + Modest, $"{allocated / 1048576} MiB for a file of {file.Length / 1024} KiB.");
    }
}
