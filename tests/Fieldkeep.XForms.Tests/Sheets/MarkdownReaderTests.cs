using Fieldkeep.XForms.Sheets;
using Xunit;

namespace Fieldkeep.XForms.Tests.Sheets;

/// <summary>Tests the Markdown notation of forms.</summary>
public sealed class MarkdownReaderTests
{
    [Fact]
    public void A_first_cell_starts_a_sheet_and_the_next_row_is_its_header()
    {
        var workbook = MarkdownReader.Read("""
            # a comment
            | survey  |
            |         | type | name |
            |         | ---- | ---- |
            |         | text | a\|b |
            |         |      |      |
            |         | note |      | # a remark
            | choices | name |
            """);
        Assert.Equal(["survey", "choices"], workbook.Sheets.Select(sheet => sheet.Name));
        var survey = workbook.Sheets[0];
        Assert.Equal(["type", "name"], survey.Header);
        Assert.Equal([2, 3], survey.Rows.Select(row => row.Number));
        Assert.Equal("a|b", survey.Rows[0].Cells[1]);
        Assert.Null(survey.Rows[1].Cells[1]);
    }

    [Theory]
    [InlineData("| a | b | c | d |", true)]
    [InlineData("| a |", false)]
    [InlineData("a,b,c", false)]
    public void Five_pipes_make_a_text_Markdown(string text, bool isMarkdown) =>
        Assert.Equal(isMarkdown, MarkdownReader.LooksLikeMarkdown(text));
}
