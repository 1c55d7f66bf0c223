using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Sheets;
using Xunit;

namespace Fieldkeep.XForms.Tests.XlsForm;

/// <summary>A column that nothing reads because its header is misspelt is told; columns of the author's own are not.</summary>
public sealed class CheckHeadersTests
{
    [Theory]
    [InlineData("requird", "required")]
    [InlineData("lable::French (fr)", "label::French (fr)")]
    [InlineData("Relevent", "relevant")]
    [InlineData("constrain", "constraint")]
    [InlineData("apperance", "appearance")]
    public void A_misspelt_header_is_told_with_the_one_that_was_meant(string header, string meant)
    {
        var found = Assert.Single(Compile($"| survey | type | name | label | {header} |\n| | note | n | N | x |").Diagnostics);
        Assert.Equal((DiagnosticCode.HeaderSpelling, Severity.Advice, meant), (found.Code, found.Severity, found.Suggestion));
        Assert.Equal(("D1", header), (found.Cell?.Address, found.Cell?.Value));
    }

    [Theory]
    [InlineData("notes", "x")]
    [InlineData("hint", "x")]
    [InlineData("labels", "x")]
    [InlineData("requird", "")]
    public void A_header_of_ones_own_a_right_one_and_an_empty_column_are_left_alone(string header, string value) =>
        Assert.Empty(Compile($"| survey | type | name | label | {header} |\n| | note | n | N | {value} |").Diagnostics);

    [Fact]
    public void Choices_and_settings_are_read_too()
    {
        var form = Compile(
            """
            | survey   | type         | name   | label      |
            |          | select_one l | a      | A          |
            | choices  | list_name    | name   | lable      |
            |          | l            | x      | X          |
            | settings | form_tilte   | region | form_id    |
            |          | T            | r      | f          |
            """);
        Assert.Equal(
            ["choices!C1 label", "settings!A1 form_title"],
            form.Diagnostics.Where(found => found.Code == DiagnosticCode.HeaderSpelling)
                .Select(found => $"{found.Cell?.Sheet}!{found.Cell?.Address} {found.Suggestion}"));
    }

    [Fact]
    public void A_misspelt_type_column_is_named_in_the_error()
    {
        var found = Assert.Single(Compile("| survey | tpye | name | label |\n| | note | n | N |").Diagnostics);
        Assert.Equal((DiagnosticCode.RequiredHeaderMissing, "A1", "type"), (found.Code, found.Cell?.Address, found.Suggestion));
    }

    private static CompiledForm Compile(string markdown) => XlsFormCompiler.Compile(MarkdownReader.Read(markdown), new CompileOptions());
}
