using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Sheets;
using Fieldkeep.XForms.Tests.Compilation;
using Xunit;

namespace Fieldkeep.XForms.Tests.Dialects;

/// <summary>Compiles workbooks of other tools: the author must learn what they are and what to write instead.</summary>
public sealed class DialectTests
{
    [Fact]
    public void A_SurveyCTO_form_says_so_first_and_what_to_write_in_each_row()
    {
        var found = Compile("""
            | survey | type                       | name  | label | minimum_seconds | trigger |
            |        | caseid                     | case  |       |                 |         |
            |        | text                       | who   | Who?  | 3               |         |
            |        | calculate_here             | at    |       |                 |         |
            |        | speed violations count     | fast  |       |                 |         |
            |        | sensor_statistic pct_quiet | quiet |       |                 |         |
            """);

        AssertTool("SurveyCTO", found);
        Assert.Equal(
            [(2, "select_one_from_file cases.csv"), (4, "calculate"), (5, null), (6, null)],
            UnknownTypes(found));
    }

    [Fact]
    public void A_form_of_the_Community_Health_Toolkit_says_so_first()
    {
        var found = Compile("""
            | survey | type        | name   | label    | appearance |
            |        | begin group | inputs | NO_LABEL |            |
            |        | db:person   | _id    | Patient  | db-object  |
            |        | tel         | phone  | Phone    |            |
            |        | end group   |        |          |            |
            |        | begin group | meta   | NO_LABEL |            |
            |        | end group   |        |          |            |
            """);

        AssertTool("Community Health Toolkit", found);
        Assert.Equal([(3, "select_one_from_file person.csv"), (4, "text")], UnknownTypes(found));
        Assert.Equal("meta_contact", Assert.Single(found, one => one.Code == DiagnosticCode.ReservedName).Suggestion);
    }

    [Fact]
    public void An_ODK_X_workbook_says_so_first_and_does_not_drown_its_author()
    {
        var rows = string.Join('\n', Enumerable.Range(0, 40).Select(i => $"|        |              | select_one | colours     | q{i} | Q |"));
        var found = Compile($"""
            | survey | clause       | type       | values_list | name | display.prompt.text |
            |        | begin screen |            |             |      |                     |
            {rows}
            | choices | choice_list_name | data_value | display.title.text |
            |         | colours          | red        | Red                |
            """);

        AssertTool("ODK-X", found);
        Assert.True(found.Count < 12, $"{found.Count} diagnostics.");
        Assert.Equal("select_one colours", UnknownTypes(found)[0].Instead);
        Assert.Equal("name", Assert.Single(found, one => one.Code == DiagnosticCode.RequiredHeaderMissing).Suggestion);
    }

    [Fact]
    public void A_Kobo_rating_says_what_it_is_made_of()
    {
        var found = Compile("""
            | survey | type        | name | label | kobo--score-choices | $kuid |
            |        | begin_score | s    | Rate  | stars               | a     |
            |        | score__row  | food | Food  |                     | b     |
            |        | end_score   |      |       |                     |       |
            """);

        AssertTool("KoboToolbox", found);
        Assert.Equal([(2, "begin_group"), (3, "select_one LIST"), (4, "end_group")], UnknownTypes(found));
    }

    [Fact]
    public void Types_that_beginners_try_are_answered_with_the_one_to_write()
    {
        var found = Compile("""
            | survey | type      | name | label |
            |        | numeric   | a    | A     |
            |        | Dropdown  | b    | B     |
            |        | signature | c    | C     |
            """);

        Assert.Equal([(2, "integer"), (3, "select_one LIST"), (4, "image")], UnknownTypes(found));
        Assert.DoesNotContain(found, one => one.Code == DiagnosticCode.OtherDialect);
    }

    [Fact]
    public void A_SurveyCTO_text_audit_becomes_an_audit() =>
        FormTable.Of("""
            | survey | type       | name       | label | appearance |
            |        | text audit | text_audit |       | p=100      |
            |        | text       | who        | Who?  |            |
            """)
            .ShouldHave("//x:instance/*/*[local-name() = 'meta']/*[local-name() = 'audit']")
            .ShouldHave("//*[local-name() = 'text_audit']", 0);

    [Fact]
    public void A_form_of_another_tool_that_compiles_still_says_what_has_no_effect()
    {
        var form = XlsFormCompiler.Compile(
            MarkdownReader.Read("""
                | survey | type | name | label | minimum_seconds | publishable |
                |        | text | who  | Who?  | 3               | yes         |
                """),
            new CompileOptions());

        Assert.True(form.Succeeded);
        var advice = Assert.Single(form.Diagnostics);
        Assert.Equal((DiagnosticCode.OtherDialect, Severity.Advice), (advice.Code, advice.Severity));
    }

    [Fact]
    public void One_odd_column_makes_no_dialect() =>
        Assert.DoesNotContain(
            Compile("""
                | survey | type     | name | label | condition |
                |        | nonsense | a    | A     | good      |
                """),
            one => one.Code == DiagnosticCode.OtherDialect);

    [Theory]
    [InlineData("| model | a |\n| | 1 |\n| queries | a |\n| | 1 |", "remarks", "remarks2")]
    [InlineData("| model | a |\n| | 1 |\n| initial | a |\n| | 1 |", "clause", "condition")]
    [InlineData("", "clause", "condition")]
    public void Sheets_and_columns_that_are_common_words_make_no_dialect(string sheets, string column, string other)
    {
        var found = Compile($"""
            | survey | type     | name | label | relevant | {column} | {other} |
            |        | text     | a    | A     |          | x        | y       |
            |        | text     | b    | B     | nofun(1) | x        | y       |
            |        | nonsense | c    | C     |          | x        | y       |
            {sheets}
            """);

        Assert.DoesNotContain(found, one => one.Code == DiagnosticCode.OtherDialect);
        Assert.Contains(found, one => one.Code == DiagnosticCode.XPathFunction);
    }

    [Fact]
    public void No_error_is_left_out_while_only_columns_tell_of_ODK_X()
    {
        var rows = string.Join('\n', Enumerable.Range(0, 10).Select(i => $"|        | nonsense{i} | q{i} | Q | x |"));
        var found = Compile($"""
            | survey | type | name | label | branch_label |
            {rows}
            | choices | list_name | name | label | data_value |
            |         | l         | a    | A     | a          |
            """);

        Assert.Equal(DiagnosticCode.OtherDialect, found[0].Code);
        Assert.Equal(10, found.Count(one => one.Code == DiagnosticCode.TypeUnknown));
    }

    [Theory]
    [InlineData("PovertyAction+SurveyCTO", "SurveyCTO", 7)]
    [InlineData("surveycto+", "SurveyCTO", 1)]
    [InlineData("SwissTPH+", "Community Health Toolkit", 12)]
    [InlineData("medic+", "Community Health Toolkit", 57)]
    [InlineData("karoliscfd+", "ODK-X", 5)]
    [InlineData("kevinvzandvoort+", "ODK-X", 18)]
    public void Real_workbooks_of_other_tools_are_recognised(string owner, string tool, int fewest)
    {
        var found = Directory.EnumerateFiles(ConformanceFolder.Require("xlsform/real/failing"), owner + "*")
            .Select(file =>
            {
                using var content = File.OpenRead(file);
                return XlsFormCompiler.Compile(content, Path.GetFileName(file), new CompileOptions());
            })
            .Where(form => !form.Succeeded)
            .ToList();

        Assert.True(found.Count >= fewest, $"Only {found.Count} workbooks of {owner}.");
        Assert.All(found, form => AssertTool(tool, form.Diagnostics));
    }

    private static IReadOnlyList<Diagnostic> Compile(string table) =>
        XlsFormCompiler.Compile(MarkdownReader.Read(table), new CompileOptions()).Diagnostics;

    private static void AssertTool(string tool, IReadOnlyList<Diagnostic> found)
    {
        Assert.Equal(DiagnosticCode.OtherDialect, found[0].Code);
        Assert.StartsWith("This workbook is written for", found[0].Message, StringComparison.Ordinal);
        Assert.Contains(tool, found[0].Message, StringComparison.Ordinal);
        Assert.Contains(found, one => one.Severity == Severity.Error);
    }

    private static List<(int? Row, string? Instead)> UnknownTypes(IReadOnlyList<Diagnostic> found) =>
        [.. found.Where(one => one.Code == DiagnosticCode.TypeUnknown).Select(one => (one.Cell?.Row, one.Suggestion))];
}
