using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using Xunit;

namespace Fieldkeep.XForms.Tests.Compilation;

/// <summary>Tests groups, repeats, loops, names and what surrounds them.</summary>
public sealed class StructureTests
{
    [Fact]
    public void A_repeat_stands_in_the_instance_as_template_and_as_first_repetition() =>
        FormTable.Of("""
            | survey | type         | name | label | default |
            |        | begin repeat | tree | Tree  |         |
            |        | integer      | age  | Age   | 7       |
            |        | end repeat   |      |       |         |
            """)
            .ShouldHave("//x:data/x:tree[@jr:template='']/x:age[.='7']")
            .ShouldHave("//x:data/x:tree[not(@jr:template)]/x:age[.='7']")
            .ShouldHave("//x:group[@ref='/data/tree']/x:repeat[@nodeset='/data/tree']/x:input");

    [Fact]
    public void A_counted_repeat_names_its_counter() =>
        FormTable.Of("""
            | survey | type         | name | label | repeat_count |
            |        | integer      | n    | N     |              |
            |        | begin repeat | tree | Tree  | ${n}         |
            |        | text         | kind | Kind  |              |
            |        | end repeat   |      |       |              |
            """).ShouldSay("//x:repeat/@jr:count", " /data/n ");

    [Fact]
    public void A_computed_repeat_count_gets_a_counter_of_its_own() =>
        FormTable.Of("""
            | survey | type         | name | label | repeat_count |
            |        | begin repeat | tree | Tree  | 2 + 1        |
            |        | text         | kind | Kind  |              |
            |        | end repeat   |      |       |              |
            """)
            .ShouldBind("/data/tree_count", "calculate", "2 + 1")
            .ShouldSay("//x:repeat/@jr:count", " /data/tree_count ");

    [Fact]
    public void A_loop_makes_one_group_per_choice() =>
        FormTable.Of("""
            | survey  | type               | name | label             |
            |         | begin loop over f  | l    | L                 |
            |         | integer            | n    | How many %(label)s |
            |         | end loop           |      |                   |
            | choices | list_name | name | label  |
            |         | f         | oak  | Oaks   |
            |         | f         | elm  | Elms   |
            """)
            .ShouldSay("//x:input[@ref='/data/l/oak/n']/x:label", "How many Oaks")
            .ShouldSay("//x:input[@ref='/data/l/elm/n']/x:label", "How many Elms");

    [Fact]
    public void All_mistakes_are_found_in_one_run() =>
        FormTable.Of("""
            | survey  | type           | name   | label | relevant  | calculation |
            |         | txt            | a      | A     |           |             |
            |         | text           | 1b     | B     |           |             |
            |         | text           | c      | C     | ${nobody} |             |
            |         | text           | c      | C     |           |             |
            |         | calculate      | d      |       |           |             |
            |         | select_one no  | e      | E     |           |             |
            |         | text           | f      |       |           |             |
            |         | begin group    | g      | G     |           |             |
            | choices | list_name | name | label |
            |         | yes       | y    | Yes   |
            """).ShouldFailWithAll(
            DiagnosticCode.TypeUnknown,
            DiagnosticCode.InvalidName,
            DiagnosticCode.ReferenceUnknown,
            DiagnosticCode.DuplicateName,
            DiagnosticCode.CalculationMissing,
            DiagnosticCode.ListNotInChoices,
            DiagnosticCode.NoLabelOrHint,
            DiagnosticCode.BeginWithoutEnd);

    [Fact]
    public void A_row_with_a_mistake_is_not_reported_again_where_it_is_referred_to() =>
        FormTable.Of("""
            | survey | type | name | label | relevant | trigger | calculation |
            |        | txt  | a    | A     |          |         |             |
            |        |      | b    | B     |          |         |             |
            |        | text | c    | C     | ${a}     |         |             |
            |        | text | d    | D     | ${b}     | ${a}    | 1           |
            """).ShouldFailWithAll(DiagnosticCode.TypeUnknown, DiagnosticCode.TypeMissing);

    [Theory]
    [InlineData("label", "calculation")]
    [InlineData("Calculate", "Calculate")]
    public void A_mistake_points_at_the_column_as_typed_or_as_usually_named(string header, string column) =>
        Assert.Equal(
            column,
            FormTable.Of($"""
                | survey | type      | name | {header} |
                |        | calculate | a    |          |
                """).ShouldFail(DiagnosticCode.CalculationMissing, 2).Cell?.Column);

    [Fact]
    public void A_repeated_name_is_reported_with_the_row_of_the_first()
    {
        var found = FormTable.Of("""
            | survey | type | name | label |
            |        | text | a    | A     |
            |        | text | a    | B     |
            """).ShouldFail(DiagnosticCode.DuplicateName, 3);
        Assert.Contains("row 2", found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_type_is_reported_with_the_type_that_was_meant() =>
        FormTable.Of("""
            | survey | type    | name | label |
            |        | interger | a   | A     |
            """).ShouldFail(DiagnosticCode.TypeUnknown, 2, "integer");

    [Fact]
    public void A_mistyped_select_keeps_its_list_in_the_suggestion() =>
        FormTable.Of("""
            | survey  | type           | name | label |
            |         | selct_one l    | a    | A     |
            | choices | list_name | name | label |
            |         | l         | y    | Yes   |
            """).ShouldFail(DiagnosticCode.TypeUnknown, 2, "select_one l");

    [Fact]
    public void An_end_of_the_wrong_kind_is_reported_once() =>
        FormTable.Of("""
            | survey | type         | name | label |
            |        | begin repeat | r    | R     |
            |        | text         | a    | A     |
            |        | end group    |      |       |
            |        | end repeat   |      |       |
            """).ShouldFailWithAll(DiagnosticCode.EndWithoutBegin);

    [Fact]
    public void Two_repeats_of_one_name_are_refused_wherever_they_stand() =>
        FormTable.Of("""
            | survey | type         | name | label |
            |        | begin repeat | r    | R     |
            |        | text         | a    | A     |
            |        | end repeat   |      |       |
            |        | begin group  | g    | G     |
            |        | begin repeat | r    | R     |
            |        | text         | b    | B     |
            |        | end repeat   |      |       |
            |        | end group    |      |       |
            """).ShouldFail(DiagnosticCode.DuplicateRepeatName, 6);

    [Fact]
    public void Names_that_differ_only_by_case_are_warned_about() =>
        FormTable.Of("""
            | survey | type | name | label |
            |        | text | age  | A     |
            |        | text | Age  | B     |
            """).ShouldWarn(DiagnosticCode.NameDiffersByCaseOnly, 3);

    [Fact]
    public void Letters_with_accents_are_fit_for_names() =>
        FormTable.Of("""
            | survey | type | name | label |
            |        | text | Éa   | A     |
            """).ShouldBeClean().ShouldHave("//x:Éa");

    [Fact]
    public void Groups_nested_beyond_reason_are_refused()
    {
        var begins = string.Join('\n', Enumerable.Range(0, 500).Select(i => $"| | begin group | g{i} | G |"));
        var ends = string.Join('\n', Enumerable.Range(0, 500).Select(_ => "| | end group | | |"));
        FormTable.Of($"| survey | type | name | label |\n{begins}\n{ends}")
            .ShouldFail(DiagnosticCode.LimitExceeded, 66);
    }

    [Fact]
    public void A_loop_inside_loops_cannot_make_millions_of_questions()
    {
        var choices = string.Join('\n', Enumerable.Range(0, 1000).Select(i => $"| | l | c{i} | C |"));
        FormTable.Of($"""
            | survey  | type             | name | label |
            |         | begin loop over l | a   | A     |
            |         | begin loop over l | b   | B     |
            |         | begin loop over l | c   | C     |
            |         | text              | q   | Q     |
            |         | end loop          |     |       |
            |         | end loop          |     |       |
            |         | end loop          |     |       |
            | choices | list_name | name | label |
            {choices}
            """).ShouldFail(DiagnosticCode.LimitExceeded, 3);
    }

    [Fact]
    public void Settings_reach_the_root_and_the_head() =>
        FormTable.Of("""
            | survey   | type | name | label |
            |          | text | a    | A     |
            | settings | form_title | form_id | version | style | instance_name | submission_url      |
            |          | Trees      | trees   | 3       | pages | ${a}          | https://example.org |
            """)
            .ShouldSay("//h:title", "Trees")
            .ShouldSay("//x:data/@id", "trees")
            .ShouldSay("//x:data/@version", "3")
            .ShouldSay("//h:body/@class", "pages")
            .ShouldSay("//x:submission/@action", "https://example.org")
            .ShouldBind("/data/meta/instanceName", "calculate", " /data/a ");

    [Fact]
    public void The_name_of_the_file_serves_as_id_when_the_settings_give_none() =>
        FormTable.Of("""
            | survey | type | name | label |
            |        | text | a    | A     |
            """, new CompileOptions(FallbackFormId: "trees")).ShouldSay("//x:data/@id", "trees");

    [Fact]
    public void An_attribute_without_a_declared_prefix_is_left_out_and_warned_about() =>
        FormTable.Of("""
            | survey | type | name | label | body::esri:style | bind::ref |
            |        | text | a    | A     | multiline        | x         |
            """)
            .ShouldHave("//x:input/@*[local-name()='style']", 0)
            .ShouldWarn(DiagnosticCode.AttributeDropped, 2);

    [Fact]
    public void A_character_that_XML_cannot_hold_is_reported_with_its_cell()
    {
        var found = FormTable.Of($"""
            | survey | type | name | label    |
            |        | text | a    | A{'\u0001'} |
            """).ShouldFail(DiagnosticCode.IllegalCharacter, 2);
        Assert.Equal("label", found.Cell?.Column);
    }

    [Fact]
    public void A_workbook_without_survey_is_refused() =>
        FormTable.Of("""
            | surveys | type | name | label |
            |         | text | a    | A     |
            | other   | x    |
            |         | y    |
            """).ShouldFail(DiagnosticCode.SurveySheetMissing, null, "survey");
}
