using Fieldkeep.XForms.Diagnostics;
using Xunit;

namespace Fieldkeep.XForms.Tests.Compilation;

/// <summary>Tests defaults, texts, actions and metadata of questions.</summary>
public sealed class QuestionsTests
{
    [Theory]
    [InlineData("text", "a-b")]
    [InlineData("text", "http://x/y")]
    [InlineData("text", "foo bar (baz)")]
    [InlineData("date", "2026-01-31")]
    [InlineData("geopoint", "1.5 - 2.5")]
    public void A_value_is_a_static_default(string type, string value) =>
        FormTable.Of($"""
            | survey | type   | name | label | default |
            |        | {type} | a    | A     | {value} |
            """).ShouldSay("//x:data/x:a", value).ShouldHave("//x:setvalue", 0);

    [Theory]
    [InlineData("a - b")]
    [InlineData("now()")]
    [InlineData("x mod y")]
    [InlineData("'a' | 'b'")]
    public void An_expression_is_a_dynamic_default(string value) =>
        FormTable.Of($"""
            | survey | type | name | label | default                                      |
            |        | text | a    | A     | {value.Replace("|", "\\|", StringComparison.Ordinal)} |
            """).ShouldSay("//x:data/x:a", "").ShouldSay("//x:setvalue/@value", value);

    [Fact]
    public void A_dynamic_default_in_a_repeat_also_runs_for_each_new_repetition() =>
        FormTable.Of("""
            | survey | type         | name | label | default |
            |        | begin repeat | r    | R     |         |
            |        | date         | d    | D     | today() |
            |        | end repeat   |      |       |         |
            """)
            .ShouldHave("//x:model/x:setvalue[@event='odk-instance-first-load']")
            .ShouldHave("//x:repeat/x:setvalue[@event='odk-new-repeat' and @ref='/data/r/d']");

    [Fact]
    public void A_trigger_moves_the_calculation_into_the_control_that_triggers_it() =>
        FormTable.Of("""
            | survey | type     | name | label | calculation | trigger |
            |        | text     | a    | A     |             |         |
            |        | dateTime | b    |       | now()       | ${a}    |
            """)
            .ShouldHave("//x:bind[@nodeset='/data/b' and not(@calculate)]")
            .ShouldHave("//x:input[@ref='/data/a']/x:setvalue[@ref='/data/b' and @value='now()']")
            .ShouldHave("//x:input[@ref='/data/b']", 0);

    [Fact]
    public void A_missing_translation_reads_as_a_dash() =>
        FormTable.Of("""
            | survey | type | name | label::English (en) | label::French (fr) |
            |        | text | a    | Tree                | Arbre              |
            |        | text | b    | Bush                |                    |
            """).ShouldSay("//x:translation[@lang='French (fr)']/x:text[@id='/data/b:label']/x:value", "-");

    [Fact]
    public void A_plain_label_next_to_translations_belongs_to_the_default_language() =>
        FormTable.Of("""
            | survey   | type | name | label | label::French (fr) |
            |          | text | a    | Tree  | Arbre              |
            | settings | default_language |
            |          | English (en)     |
            """).ShouldSay("//x:translation[@default='true()']/@lang", "English (en)");

    [Fact]
    public void A_language_without_a_code_is_warned_about() =>
        FormTable.Of("""
            | survey | type | name | label::English | label::French (fr) |
            |        | text | a    | Tree           | Arbre              |
            """).ShouldWarn(DiagnosticCode.LanguageTag, null);

    [Fact]
    public void Media_and_guidance_live_in_itext() =>
        FormTable.Of("""
            | survey | type | name | label | image | hint | guidance_hint |
            |        | text | a    | Tree  | t.png | Big? | Measure it    |
            """)
            .ShouldSay("//x:text[@id='/data/a:label']/x:value[@form='image']", "jr://images/t.png")
            .ShouldSay("//x:text[@id='/data/a:hint']/x:value[@form='guidance']", "Measure it");

    [Fact]
    public void Yes_becomes_true_in_conditions() =>
        FormTable.Of("""
            | survey | type | name | label | required | readonly |
            |        | text | a    | A     | yes      | no       |
            """).ShouldBind("/data/a", "required", "true()").ShouldBind("/data/a", "readonly", "false()");

    [Fact]
    public void A_range_with_fractions_stores_decimals() =>
        FormTable.Of("""
            | survey | type  | name | label | parameters           |
            |        | range | a    | A     | start=0 end=1 step=.5 |
            """).ShouldBind("/data/a", "type", "decimal").ShouldSay("//x:range/@step", ".5");

    [Fact]
    public void An_image_without_a_size_is_warned_about() =>
        FormTable.Of("""
            | survey | type  | name | label |
            |        | image | a    | A     |
            """).ShouldWarn(DiagnosticCode.MaxPixelsAdvised, 2);

    [Fact]
    public void An_audit_stands_among_the_metadata() =>
        FormTable.Of("""
            | survey | type  | name | label | parameters         |
            |        | text  | a    | A     |                    |
            |        | audit |      |       | track-changes=true |
            """).ShouldHave("//x:data/x:meta/x:audit").ShouldBind("/data/meta/audit", "odk:track-changes", "true");

    [Fact]
    public void A_submission_can_create_an_entity() =>
        FormTable.Of("""
            | survey   | type | name | label | save_to |
            |          | text | kind | Kind  | species |
            | entities | list_name | label   |
            |          | trees     | ${kind} |
            """)
            .ShouldBeClean()
            .ShouldHave("//x:data/x:meta/x:entity[@dataset='trees' and @create='1' and @id='']/x:label")
            .ShouldBind("/data/kind", "entities:saveto", "species")
            .ShouldBind("/data/meta/entity/label", "calculate", " /data/kind ")
            .ShouldSay("//x:setvalue[@ref='/data/meta/entity/@id']/@value", "uuid()")
            .ShouldSay("//x:model/@entities:entities-version", "2024.1.0");

    [Fact]
    public void An_entity_of_a_repeat_is_made_anew_in_each_repetition() =>
        FormTable.Of("""
            | survey   | type         | name | label | save_to |
            |          | begin repeat | tree | Tree  |         |
            |          | text         | kind | Kind  | species |
            |          | end repeat   |      |       |         |
            | entities | list_name | label   |
            |          | trees     | ${kind} |
            """)
            .ShouldBind("/data/tree/meta/entity/label", "calculate", " ../../../kind ")
            .ShouldHave("//x:repeat/x:setvalue[@event='odk-new-repeat' and @ref='/data/tree/meta/entity/@id']")
            .ShouldSay("//x:model/@entities:entities-version", "2025.1.0");

    [Fact]
    public void A_property_of_an_undeclared_list_is_reported_with_the_list_that_was_meant() =>
        FormTable.Of("""
            | survey   | type | name | label | save_to      |
            |          | text | kind | Kind  | tree#species |
            | entities | list_name | label   |
            |          | trees     | ${kind} |
            """).ShouldFail(DiagnosticCode.SaveToListUnknown, 2, "trees");
}
