using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Export;
using Fieldkeep.XForms.Sheets;
using Fieldkeep.XForms.Tests.Compilation;
using Fieldkeep.XForms.Xml;
using Xunit;

namespace Fieldkeep.XForms.Tests.Confidentiality;

public sealed class ConfidentialColumnsTests
{
    private const string People = """
        | survey  | type                  | name | label | Confidential | confidential::radius |
        |         | begin group           | g    | G     | yes          |                      |
        |         | note                  | n    | N     |              |                      |
        |         | text                  | who  | Who   |              |                      |
        |         | end group             |      |       |              |                      |
        |         | geopoint              | home | Home  | TRUE         | 250.5                |
        |         | select_one l or_other | sex  | Sex   | true()       |                      |
        |         | text                  | crop | Crop  | no           |                      |
        | choices | list_name             | name | label |
        |         | l                     | a    | A     |
        """;

    [Fact]
    public void The_columns_become_attributes_of_binds_and_come_back_in_the_workbook()
    {
        var compiled = FormTable.Of(People)
            .ShouldHave("//x:bind[@*[local-name()='confidential' and namespace-uri()='https://fieldkeep.org/xforms/confidential'] = 'true']", 4)
            .ShouldHave("//x:bind[@nodeset='/data/home'][@*[local-name()='radius']='250.5']")
            .ShouldHave("//x:bind[@nodeset='/data/sex_other'][@*[local-name()='confidential']]");
        Assert.NotNull(compiled);

        var before = XlsFormCompiler.Compile(MarkdownReader.Read(People), new CompileOptions()).XForm ?? "";
        var exported = XlsFormExporter.Export(before, null, TestContext.Current.CancellationToken);
        Assert.Empty(exported.Diagnostics);
        var survey = exported.Workbook.Sheets.Single(sheet => sheet.Name == "survey");
        Assert.Contains("confidential", survey.Header);
        Assert.Contains("confidential_radius", survey.Header);
        Assert.DoesNotContain(exported.Workbook.Sheets, sheet => sheet.Header.Contains("namespaces"));
        var after = XlsFormCompiler.Compile(exported.Workbook, new CompileOptions()).XForm ?? "";
        Assert.Equal(
            XFormReader.Read(before).ListElements().Select(element => (element.Path, element.IsConfidential, element.ConfidentialRadius)),
            XFormReader.Read(after).ListElements().Select(element => (element.Path, element.IsConfidential, element.ConfidentialRadius)));
    }

    [Theory]
    [InlineData("text", "maybe", "", DiagnosticCode.ConfidentialValue)]
    [InlineData("text", "yess", "", DiagnosticCode.ConfidentialValue)]
    [InlineData("text", "${b}", "", DiagnosticCode.ConfidentialValue)]
    [InlineData("note", "yes", "", DiagnosticCode.ConfidentialWithoutAnswer)]
    [InlineData("text", "yes", "5", DiagnosticCode.ConfidentialRadiusWithoutPlace)]
    [InlineData("geotrace", "yes", "5", DiagnosticCode.ConfidentialRadiusWithoutPlace)]
    [InlineData("geopoint", "", "5", DiagnosticCode.ConfidentialRadius)]
    [InlineData("geopoint", "no", "5", DiagnosticCode.ConfidentialRadius)]
    [InlineData("geopoint", "yes", "0", DiagnosticCode.ConfidentialRadius)]
    [InlineData("geopoint", "yes", "-5", DiagnosticCode.ConfidentialRadius)]
    [InlineData("geopoint", "yes", "100001", DiagnosticCode.ConfidentialRadius)]
    [InlineData("geopoint", "yes", "5 km", DiagnosticCode.ConfidentialRadius)]
    [InlineData("geopoint", "yes", "1e3", DiagnosticCode.ConfidentialRadius)]
    public void A_cell_that_says_neither_yes_nor_metres_is_a_mistake_at_its_cell(string type, string mark, string radius, string code)
    {
        var diagnostic = FormTable.Of($"""
            | survey  | type    | name | label | confidential | confidential_radius |
            |         | text    | b    | B     |              |                     |
            |         | {type}  | a    | A     | {mark}       | {radius}            |
            """).ShouldFail(code, 3);

        Assert.Contains(diagnostic.Cell?.Column, (string?[])["confidential", "confidential_radius"]);
    }

    [Fact]
    public void A_misspelt_column_is_told_for_it_would_protect_nothing() => FormTable.Of("""
        | survey  | type | name | label | confidental |
        |         | text | a    | A     | yes         |
        """).ShouldAdvise(DiagnosticCode.HeaderSpelling, 1, "confidential");

    [Fact]
    public void A_flattened_group_passes_its_mark_to_what_is_inside() => FormTable.Of("""
        | survey   | type        | name | label | confidential |
        |          | begin group | g    | G     | yes          |
        |          | text        | a    | A     |              |
        |          | end group   |      |       |              |
        | settings | flat |
        |          | yes  |
        """).ShouldHave("//x:bind[@nodeset='/data/a'][@*[local-name()='confidential']='true']");
}
