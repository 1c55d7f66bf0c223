using Fieldkeep.XForms.Diagnostics;
using Xunit;

namespace Fieldkeep.XForms.Tests.Compilation;

/// <summary>Tests selects, their options and parameters.</summary>
public sealed class SelectsTests
{
    private const string YesNo = """
        | choices | list_name | name | label |
        |         | yn        | y    | Yes   |
        |         | yn        | n    | No    |
        """;

    [Fact]
    public void A_list_becomes_an_instance_and_a_select_an_itemset() =>
        FormTable.Of($"""
            | survey  | type          | name | label |
            |         | select_one yn | ok   | Okay? |
            {YesNo}
            """)
            .ShouldBeClean()
            .ShouldHave("//x:instance[@id='yn']/x:root/x:item", 2)
            .ShouldSay("//x:select1/x:itemset/@nodeset", "instance('yn')/root/item")
            .ShouldSay("//x:select1/x:itemset/x:label/@ref", "label");

    [Fact]
    public void A_translated_list_moves_its_labels_to_itext() =>
        FormTable.Of("""
            | survey  | type         | name | label::English (en) | label::French (fr) |
            |         | select_one l | a    | Colour              | Couleur            |
            | choices | list_name | name | label::English (en) | label::French (fr) |
            |         | l         | r    | Red                 | Rouge              |
            """)
            .ShouldBeClean()
            .ShouldSay("//x:translation[@lang='French (fr)']/x:text[@id='l-0']/x:value", "Rouge")
            .ShouldSay("//x:item/x:itextId", "l-0")
            .ShouldSay("//x:itemset/x:label/@ref", "jr:itext(itextId)");

    [Fact]
    public void A_file_names_its_instance_by_its_extension() =>
        FormTable.Of("""
            | survey | type                            | name | label | parameters           |
            |        | select_one_from_file sites.csv  | a    | A     | value=Id label=Title |
            |        | select_one_from_file map.geojson | b   | B     |                      |
            """)
            .ShouldSay("//x:instance[@id='sites']/@src", "jr://file-csv/sites.csv")
            .ShouldSay("//x:instance[@id='map']/@src", "jr://file/map.geojson")
            .ShouldSay("//x:select1[@ref='/data/a']/x:itemset/x:value/@ref", "Id")
            .ShouldSay("//x:select1[@ref='/data/b']/x:itemset/x:label/@ref", "title");

    [Fact]
    public void Options_from_a_repeat_leave_out_empty_answers() =>
        FormTable.Of("""
            | survey | type                 | name   | label |
            |        | begin repeat         | member | M     |
            |        | text                 | who    | Who   |
            |        | end repeat           |        |       |
            |        | select_one ${who}    | head   | Head  |
            """).ShouldSay("//x:select1/x:itemset/@nodeset", "/data/member[./who != '']");

    [Fact]
    public void A_filter_of_options_from_a_nested_repeat_keeps_the_paths_that_lead_out_of_it() =>
        FormTable.Of("""
            | survey | type              | name   | label | choice_filter          |
            |        | begin repeat      | house  | H     |                        |
            |        | integer           | limit  | L     |                        |
            |        | begin repeat      | member | M     |                        |
            |        | text              | who    | Who   |                        |
            |        | integer           | age    | Age   |                        |
            |        | select_one ${who} | parent | P     | ${age} > ${limit}      |
            |        | end repeat        |        |       |                        |
            |        | end repeat        |        |       |                        |
            """).ShouldSay("//x:select1/x:itemset/@nodeset", "..[ ./age  >  current()/../../../house/limit ]");

    [Fact]
    public void Options_from_a_question_that_does_not_exist_are_reported() =>
        FormTable.Of("""
            | survey | type               | name | label |
            |        | select_one ${none} | a    | A     |
            """).ShouldFail(DiagnosticCode.ReferenceUnknownLate, 2);

    [Fact]
    public void Random_order_keeps_the_name_in_its_seed() =>
        FormTable.Of($$"""
            | survey  | type          | name | label | parameters                    |
            |         | integer       | Seed | S     |                               |
            |         | select_one yn | ok   | Okay? | randomize=true, seed=${Seed}  |
            {{YesNo}}
            """).ShouldSay("//x:select1/x:itemset/@nodeset", "randomize(instance('yn')/root/item, /data/Seed)");

    [Fact]
    public void Or_other_adds_a_choice_and_a_question() =>
        FormTable.Of($"""
            | survey  | type                   | name | label |
            |         | select_one yn or_other | ok   | Okay? |
            {YesNo}
            """)
            .ShouldSay("//x:instance[@id='yn']/x:root/x:item[3]/x:name", "other")
            .ShouldBind("/data/ok_other", "relevant", "selected(../ok, 'other')");

    [Fact]
    public void A_table_list_gets_a_row_of_labels() =>
        FormTable.Of($"""
            | survey  | type          | name | label | appearance |
            |         | begin group   | t    | Table | table-list |
            |         | select_one yn | a    | A     |            |
            |         | select_one yn | b    | B     |            |
            |         | end group     |      |       |            |
            {YesNo}
            """)
            .ShouldSay("//x:group/@appearance", "field-list")
            .ShouldHave("//x:select1[@appearance='label']")
            .ShouldHave("//x:select1[@appearance='list-nolabel']", 2)
            .ShouldSay("//x:group/x:input/x:label", "Table");

    [Fact]
    public void External_choices_are_written_to_a_file_with_every_cell_in_its_column() =>
        FormTable.Of("""
            | survey           | type                  | name | label | choice_filter |
            |                  | text                  | s    | State |               |
            |                  | select_one_external c | a    | A     | state=${s}    |
            | external_choices | list_name | name | label | state |
            |                  | c         | x    |       | tx    |
            """).ShouldHaveItemsets("\"list_name\",\"name\",\"label\",\"state\"\r\n\"c\",\"x\",\"\",\"tx\"\r\n");

    [Fact]
    public void A_missing_list_is_reported_with_the_list_that_was_meant() =>
        FormTable.Of($"""
            | survey  | type           | name | label |
            |         | select_one yns | ok   | Okay? |
            {YesNo}
            """).ShouldFail(DiagnosticCode.ListNotInChoices, 2, "yn");

    [Fact]
    public void A_space_in_a_name_of_a_select_multiple_is_refused() =>
        FormTable.Of("""
            | survey  | type              | name | label |
            |         | select_multiple l | a    | A     |
            | choices | list_name | name | label |
            |         | l         | a b  | AB    |
            """).ShouldFail(DiagnosticCode.ChoiceNameSpaces, 2, "a_b");

    [Fact]
    public void An_unknown_parameter_is_reported_with_the_one_that_was_meant() =>
        FormTable.Of($"""
            | survey  | type          | name | label | parameters     |
            |         | select_one yn | ok   | Okay? | randomise=true |
            {YesNo}
            """).ShouldFail(DiagnosticCode.ParameterUnknown, 2, "randomize");

    [Fact]
    public void A_choices_column_that_cannot_be_an_element_is_left_out() =>
        FormTable.Of("""
            | survey  | type         | name | label |
            |         | select_one l | a    | A     |
            | choices | list_name | name | label | 2nd | zone |
            |         | l         | a    | A     | x   | z    |
            """)
            .ShouldHave("//x:item/x:zone")
            .ShouldWarn(DiagnosticCode.ChoiceColumnDropped, 1);
}
