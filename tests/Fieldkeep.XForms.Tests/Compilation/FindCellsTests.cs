using System.Text;
using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Sheets;
using Fieldkeep.XForms.Tests.Sheets;
using Xunit;

namespace Fieldkeep.XForms.Tests.Compilation;

/// <summary>Every diagnostic points at its cell as the spreadsheet program shows it.</summary>
public sealed class FindCellsTests
{
    [Fact]
    public void The_address_counts_the_columns_without_a_header()
    {
        var form = XlsFormCompiler.Compile(
            new MemoryStream(SmallXlsx.Of(("survey",
                "<row r='1'><c r='B1' t='str'><v>type</v></c><c r='D1' t='str'><v>name</v></c><c r='AB1' t='str'><v>label</v></c></row>"
                + "<row r='7'><c r='B7' t='str'><v>intger</v></c><c r='D7' t='str'><v>rooms</v></c><c r='AB7' t='str'><v>Rooms</v></c></row>"))),
            "f.xlsx",
            new CompileOptions());
        var cell = Only(form, DiagnosticCode.TypeUnknown);
        Assert.Equal(("B7", "intger", 7), (cell.Address, cell.Value, cell.Row));
        Assert.Equal([new RowCell("B7", "type", "intger"), new RowCell("D7", "name", "rooms")], cell.Excerpt);
    }

    [Fact]
    public void An_empty_cell_has_an_address_and_no_value()
    {
        var cell = Only(
            """
            | survey | type | label | name |
            |        | date | When? |      |
            """,
            DiagnosticCode.NameMissing);
        Assert.Equal(("C2", null), (cell.Address, cell.Value));
        Assert.Equal([new RowCell("A2", "type", "date"), new RowCell("B2", "label", "When?"), new RowCell("C2", "name", null)], cell.Excerpt);
    }

    [Fact]
    public void A_column_that_is_not_there_has_no_address_but_its_row_is_shown()
    {
        var cell = Only(
            """
            | survey | type      | name  | label |
            |        | calculate | total | Total |
            """,
            DiagnosticCode.CalculationMissing);
        Assert.Equal((null, 2, 3), (cell.Address, cell.Row, cell.Excerpt.Count));
    }

    [Fact]
    public void A_header_is_found_in_the_first_row()
    {
        var cell = Only(
            """
            | survey | type | name | label | caption |
            |        | note | n    | A     | B       |
            """,
            DiagnosticCode.HeadersForOneColumn);
        Assert.Equal(("D1", "caption"), (cell.Address, cell.Value));
    }

    [Fact]
    public void A_csv_file_shows_its_sheets_below_each_other()
    {
        var csv = "survey\n,type,name,label\n,text,a,A\n\n,intger,b,\"B\nb\"\n\nchoices\n,list_name,name,label\n,yn,,Yes\n";
        var form = XlsFormCompiler.Compile(new MemoryStream(Encoding.UTF8.GetBytes(csv)), "f.csv", new CompileOptions());
        Assert.Equal(("B5", 3), (Only(form, DiagnosticCode.TypeUnknown).Address, Only(form, DiagnosticCode.TypeUnknown).Row));
        Assert.Equal("C9", Only(form, DiagnosticCode.ChoiceWithoutName).Address);
    }

    [Fact]
    public void A_long_text_is_shortened()
    {
        var cell = Only(
            $"""
            | survey | type    | name | label | relevant                         |
            |        | integer | a    | A     | ${"{nobody}"} = '{new string('x', 400)}' |
            """,
            DiagnosticCode.ReferenceUnknown);
        Assert.Equal((FindCells.MaxLength, '…'), (cell.Value?.Length, cell.Value?[^1]));
    }

    [Fact]
    public void Keys_and_addresses_of_the_settings_are_not_repeated()
    {
        var form = Compile(
            """
            | survey   | type       | name              | label |
            |          | note       | n                 | N     |
            | settings | public_key | omit_instanceID   | form_id |
            |          | MIIBIjAN   | yes               | f     |
            """);
        var found = Only(form, DiagnosticCode.OmitInstanceIdEncrypted);
        Assert.Equal("B2", found.Address);
        Assert.All(found.Excerpt, cell => Assert.DoesNotContain("MIIBIjAN", cell.Value ?? "", StringComparison.Ordinal));
    }

    [Fact]
    public void A_thousand_mistakes_are_all_found_and_shown()
    {
        var rows = string.Concat(Enumerable.Range(0, 1_200).Select(i => $"| | intger | q{i} | Q |\n"));
        var form = Compile("| survey | type | name | label |\n" + rows);
        Assert.Equal(1_200, form.Diagnostics.Count(found => found.Cell is { Address: not null, Value: "intger" }));
        Assert.Equal("A1201", form.Diagnostics[^1].Cell?.Address);
        Assert.Equal(1_000, form.Diagnostics.Count(found => found.Cell?.Excerpt.Count > 0));
    }

    [Theory]
    [InlineData("2nd name", "_2nd_name")]
    [InlineData("How old?", "How_old")]
    [InlineData("اسم الأسرة", "اسم_الأسرة")]
    [InlineData("???", null)]
    public void A_name_that_cannot_be_one_is_given_a_near_one(string name, string? near)
    {
        var form = Compile($"| survey | type | name | label |\n| | text | {name} | Q |");
        Assert.Equal(near, Assert.Single(form.Diagnostics, found => found.Code == DiagnosticCode.InvalidName).Suggestion);
    }

    [Theory]
    [InlineData(0, 1, "A1")]
    [InlineData(25, 7, "Z7")]
    [InlineData(26, 7, "AA7")]
    [InlineData(701, 1, "ZZ1")]
    [InlineData(702, 1, "AAA1")]
    [InlineData(16_383, 1_048_576, "XFD1048576")]
    public void Addresses_are_written_as_spreadsheet_programs_do(int column, int row, string address) =>
        Assert.Equal(address, CellAddress.Of(column, row));

    private static CompiledForm Compile(string markdown) => XlsFormCompiler.Compile(MarkdownReader.Read(markdown), new CompileOptions());

    private static SourceCell Only(string markdown, string code) => Only(Compile(markdown), code);

    private static SourceCell Only(CompiledForm form, string code)
    {
        var found = Assert.Single(form.Diagnostics, found => found.Code == code);
        Assert.NotNull(found.Cell);
        return found.Cell;
    }
}
