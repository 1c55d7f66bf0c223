using Fieldkeep.XForms.Diagnostics;
using Xunit;

namespace Fieldkeep.XForms.Tests.Compilation;

/// <summary>Tests how <c>${name}</c> becomes a path.</summary>
public sealed class ReferencesTests
{
    [Fact]
    public void A_reference_outside_of_repeats_is_absolute() =>
        FormTable.Of("""
            | survey | type    | name | label | relevant   |
            |        | integer | age  | Age   |            |
            |        | text    | job  | Job   | ${age} > 9 |
            """).ShouldBind("/data/job", "relevant", " /data/age  > 9");

    [Fact]
    public void A_reference_inside_a_repeat_becomes_relative() =>
        FormTable.Of("""
            | survey | type         | name  | label | relevant     |
            |        | begin repeat | tree  | Tree  |              |
            |        | integer      | age   | Age   |              |
            |        | text         | notes | Notes | ${age} > 100 |
            |        | end repeat   |       |       |              |
            """).ShouldBind("/data/tree/notes", "relevant", " ../age  > 100");

    [Fact]
    public void A_reference_into_another_group_of_the_same_repeat_climbs_to_the_repeat() =>
        FormTable.Of("""
            | survey | type         | name | label | calculation |
            |        | begin repeat | r    | R     |             |
            |        | begin group  | g1   | G1    |             |
            |        | integer      | a    | A     |             |
            |        | end group    |      |       |             |
            |        | begin group  | g2   | G2    |             |
            |        | calculate    | b    |       | ${a} + 1    |
            |        | end group    |      |       |             |
            |        | end repeat   |      |       |             |
            """).ShouldBind("/data/r/g2/b", "calculate", " ../../g1/a  + 1");

    [Fact]
    public void A_reference_into_a_repeat_from_outside_is_absolute() =>
        FormTable.Of("""
            | survey | type         | name  | label | calculation  |
            |        | begin repeat | tree  | Tree  |              |
            |        | integer      | age   | Age   |              |
            |        | end repeat   |       |       |              |
            |        | calculate    | total |       | sum(${age})  |
            """).ShouldBind("/data/total", "calculate", "sum( /data/tree/age )");

    [Fact]
    public void A_choice_filter_inside_a_repeat_starts_at_current() =>
        FormTable.Of("""
            | survey  | type             | name  | label | choice_filter    |
            |         | begin repeat     | visit | Visit |                  |
            |         | select_one areas | area  | Area  |                  |
            |         | select_one sites | site  | Site  | area = ${area}   |
            |         | end repeat       |       |       |                  |
            | choices | list_name | name | label | area |
            |         | areas     | n    | North |      |
            |         | sites     | s1   | Site  | n    |
            """).ShouldSay(
            "//x:select1[@ref='/data/visit/site']/x:itemset/@nodeset",
            "instance('sites')/root/item[area =  current()/../area ]");

    [Fact]
    public void A_reference_to_the_last_saved_answers_declares_their_instance() =>
        FormTable.Of("""
            | survey | type | name    | label   | default                |
            |        | text | village | Village | ${last-saved#village}  |
            """)
            .ShouldSay("//x:instance[@id='__last-saved']/@src", "jr://instance/last-saved")
            .ShouldSay("//x:setvalue[@ref='/data/village']/@value", " instance('__last-saved')/data/village ");

    [Fact]
    public void A_reference_in_a_label_becomes_an_output() =>
        FormTable.Of("""
            | survey | type | name  | label                  |
            |        | text | child | Name of the child      |
            |        | note | bye   | Thank you, ${child}!   |
            """)
            .ShouldSay("//x:input[@ref='/data/bye']/x:label/x:output/@value", " /data/child ")
            .ShouldSay("//x:input[@ref='/data/bye']/x:label", "Thank you, !");

    [Fact]
    public void An_instance_expression_in_a_label_becomes_one_output_with_its_operators_intact() =>
        FormTable.Of("""
            | survey  | type          | name | label                                                 |
            |         | select_one l1 | a    | A                                                     |
            |         | note          | b    | You said instance('l1')/root/item[name < ${a}]/label . |
            | choices | list_name | name | label |
            |         | l1        | 1    | One   |
            """).ShouldSay(
            "//x:input[@ref='/data/b']/x:label/x:output/@value",
            "instance('l1')/root/item[name <  /data/a ]/label");

    [Fact]
    public void The_named_nodes_of_an_indexed_repeat_stay_absolute() =>
        FormTable.Of("""
            | survey | type         | name | label | calculation                                                     |
            |        | begin repeat | r    | R     |                                                                 |
            |        | integer      | a    | A     |                                                                 |
            |        | integer      | i    | I     |                                                                 |
            |        | calculate    | b    |       | indexed-repeat(${a}, ${r}, ${i}) + indexed-repeat(${a}, ${r}, 1) |
            |        | end repeat   |      |       |                                                                 |
            """).ShouldBind(
            "/data/r/b",
            "calculate",
            "indexed-repeat( /data/r/a ,  /data/r ,  ../i ) + indexed-repeat( /data/r/a ,  /data/r , 1)");

    [Fact]
    public void An_unknown_name_is_reported_with_the_name_that_was_meant()
    {
        var found = FormTable.Of("""
            | survey | type | name    | label   | relevant      |
            |        | text | village | Village |               |
            |        | text | house   | House   | ${vilage}='x' |
            """).ShouldFail(DiagnosticCode.ReferenceUnknown, 3, "${village}");
        Assert.Equal("relevant", found.Cell?.Column);
        Assert.Contains("${vilage}", found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_used_in_two_groups_cannot_be_referred_to() =>
        FormTable.Of("""
            | survey | type        | name | label | relevant |
            |        | begin group | g1   | G     |          |
            |        | text        | a    | A     |          |
            |        | end group   |      |       |          |
            |        | begin group | g2   | G     |          |
            |        | text        | a    | A     |          |
            |        | end group   |      |       |          |
            |        | text        | b    | B     | ${a} = 1 |
            """).ShouldFail(DiagnosticCode.ReferenceAmbiguous, 8);

    [Theory]
    [InlineData("${ a }")]
    [InlineData("${a b}")]
    [InlineData("${a")]
    public void A_malformed_reference_is_reported(string reference) =>
        FormTable.Of($"""
            | survey | type | name | label | relevant          |
            |        | text | a    | A     |                   |
            |        | text | b    | B     | {reference} = 'x' |
            """).ShouldFail(DiagnosticCode.ReferenceMalformed, 3);

    [Fact]
    public void A_question_named_like_the_form_can_be_referred_to() =>
        FormTable.Of("""
            | survey | type | name | label | relevant    |
            |        | date | data | Date  |             |
            |        | text | b    | B     | ${data}!='' |
            """).ShouldBind("/data/b", "relevant", " /data/data !=''");
}
