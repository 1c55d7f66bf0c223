using System.Text;
using Fieldkeep.XForms.Conditions;
using Fieldkeep.XForms.Instances;
using Xunit;

namespace Fieldkeep.XForms.Tests.Conditions;

public sealed class ConditionMatcherTests
{
    private const string Square = """[[-1.5,36],[-1.5,37],[-1,37],[-1,36]]""";

    [Theory]
    [InlineData("=", "5", "5", true)]
    [InlineData("=", "5", "05.0", true)]
    [InlineData("≠", "5", "5", false)]
    [InlineData("≠", "5", "6", true)]
    [InlineData("≠", "5", "", false)]
    [InlineData("≠", "5", "many", false)]
    [InlineData("<", "5", "4", true)]
    [InlineData("<", "5", "5", false)]
    [InlineData("<=", "5", "5", true)]
    [InlineData(">", "5", "10", true)]
    [InlineData("≥", "5.5", "5", false)]
    [InlineData("<", "5", "", false)]
    public void Numbers_are_compared_as_numbers_and_nothing_with_nothing(string op, string value, string answer, bool holds) =>
        Assert.Equal(holds, VillageForm.Holds($$"""{"field":"/size","op":"{{op}}","value":{{value}}}""", $"<size>{answer}</size>"));

    [Theory]
    [InlineData("=", "ada", "ada", true)]
    [InlineData("=", "ada", "Ada", false)]
    [InlineData("≠", "ada", "ben", true)]
    [InlineData("≠", "ada", " ", false)]
    [InlineData("contains", "ad", "madrid", true)]
    [InlineData("contains", "é", "caf&#233;", true)]
    [InlineData("starts-with", "mad", "madrid", true)]
    [InlineData("starts-with", "rid", "madrid", false)]
    [InlineData("<", "b", "a", true)]
    [InlineData("<", "b", "B", true)]
    [InlineData(">", "z", "é", true)]
    public void Texts_are_compared_byte_by_byte(string op, string value, string answer, bool holds) =>
        Assert.Equal(holds, VillageForm.Holds($$"""{"field":"/note","op":"{{op}}","value":"{{value}}"}""", $"<note>{answer}</note>"));

    [Fact]
    public void A_calculation_compared_with_a_number_is_a_number()
    {
        Assert.True(VillageForm.Holds("""{"field":"/total","op":"<","value":10}""", "<total>9</total>"));
        Assert.False(VillageForm.Holds("""{"field":"/total","op":"<","value":"10"}""", "<total>9</total>"));
    }

    [Theory]
    [InlineData("/visited", "<visited>2026-11-21</visited>", true)]
    [InlineData("/visited", "<visited>2026-11-22T09:00:00Z</visited>", true)]
    [InlineData("/visited", "<visited>2026-11-23</visited>", false)]
    [InlineData("/at", "<at>2026-11-22T01:00:00.000+03:00</at>", true)]
    [InlineData("/at", "<at>2026-11-22T01:00:00.000-03:00</at>", false)]
    [InlineData("/at", "<at>2026-11-20T23:00:00</at>", false)]
    public void Days_and_instants_lie_between_two_that_are_included(string field, string nodes, bool holds) => Assert.Equal(
        holds,
        VillageForm.Holds($$"""{"field":"{{field}}","op":"between","values":["2026-11-21","2026-11-22"]}""", nodes));

    [Fact]
    public void Times_are_those_the_clock_of_the_device_showed()
    {
        Assert.True(VillageForm.Holds("""{"field":"/clock","op":"<","value":"12:00"}""", "<clock>11:59:59.999-11:00</clock>"));
        Assert.False(VillageForm.Holds("""{"field":"/clock","op":"<","value":"12:00"}""", "<clock>12:00:00.000+14:00</clock>"));
    }

    [Theory]
    [InlineData("=", "water", "food water", true)]
    [InlineData("=", "cash", "food water", false)]
    [InlineData("≠", "cash", "food water", true)]
    [InlineData("≠", "food", "food water", false)]
    [InlineData("≠", "food", "", false)]
    [InlineData("contains", "food", "food", true)]
    public void Of_several_choices_each_is_compared(string op, string value, string answer, bool holds) =>
        Assert.Equal(holds, VillageForm.Holds($$"""{"field":"/needs","op":"{{op}}","value":"{{value}}"}""", $"<needs>{answer}</needs>"));

    [Fact]
    public void One_of_some_choices_or_numbers_is_enough()
    {
        Assert.True(VillageForm.Holds("""{"field":"/region","op":"in","values":["north","south"]}""", "<region>south</region>"));
        Assert.False(VillageForm.Holds("""{"field":"/region","op":"in","values":["north","south"]}""", "<region/>"));
        Assert.True(VillageForm.Holds("""{"field":"/fee","op":"in","values":[1,2.5]}""", "<fee>2.50</fee>"));
        Assert.True(VillageForm.Holds("""{"field":"/needs","op":"in","values":["cash","water"]}""", "<needs>food water</needs>"));
        Assert.True(VillageForm.Holds("""{"field":"/agreed","op":"=","value":true}""", "<agreed>1</agreed>"));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("<note/>", true)]
    [InlineData("<note>  </note>", true)]
    [InlineData("<note>x</note>", false)]
    public void An_answer_of_white_space_is_none(string nodes, bool isEmpty) =>
        Assert.Equal(isEmpty, VillageForm.Holds("""{"field":"/note","op":"is-empty"}""", nodes));

    [Theory]
    [InlineData("-1.25 36.5 0 0", true)]
    [InlineData("-1.5 36.5 0 0", true)]
    [InlineData("-1 37 0 0", true)]
    [InlineData("-1.5 36 12.5 4", true)]
    [InlineData("-1.5000001 36 0 0", false)]
    [InlineData("-1.25 37.1 0 0", false)]
    [InlineData("-1.25 35.9 0 0", false)]
    [InlineData("36.5 -1.25", false)]
    [InlineData("", false)]
    [InlineData("somewhere here", false)]
    public void A_point_inside_a_polygon_or_on_its_edge_is_within(string answer, bool holds) => Assert.Equal(
        holds, VillageForm.Holds($$"""{"field":"/place","op":"within-polygon","polygon":{{Square}}}""", $"<place>{answer}</place>"));

    [Fact]
    public void A_dent_in_a_polygon_is_outside_and_of_a_shape_any_point_counts()
    {
        const string dented = """{"field":"/place","op":"within-polygon","polygon":[[0,0],[0,10],[10,10],[5,5],[10,0]]}""";
        Assert.False(VillageForm.Holds(dented, "<place>8 5 0 0</place>"));
        Assert.True(VillageForm.Holds(dented, "<place>5 5 0 0</place>"));
        Assert.True(VillageForm.Holds(dented, "<place>4 5 0 0</place>"));
        Assert.True(VillageForm.Holds(
            $$"""{"field":"/fence","op":"within-polygon","polygon":{{Square}}}""", "<fence>5 5 0 0;-1.2 36.2 0 0;5 6 0 0;5 5 0 0</fence>"));
    }

    [Fact]
    public void Rows_of_repeats_are_asked_each_for_itself_with_what_is_around_them()
    {
        const string nodes = """
            <region>north</region>
            <member><name>a</name><age>3</age><visit><day>2026-01-01</day></visit></member>
            <member><name>b</name><age>40</age><skills>farm</skills><visit><day>2025-01-01</day></visit><visit><day>2026-06-01</day></visit></member>
            <pet><kind>goat</kind></pet>
            """;
        Assert.True(VillageForm.Holds("""{"anyIn":"/member","where":{"field":"/member/age","op":"<","value":5}}""", nodes));
        Assert.False(VillageForm.Holds(
            """{"anyIn":"/member","where":{"all":[{"field":"/member/age","op":"<","value":5},{"field":"/member/skills","op":"=","value":"farm"}]}}""", nodes));
        Assert.True(VillageForm.Holds(
            """{"anyIn":"/member","where":{"all":[{"field":"/member/age","op":">","value":5},{"field":"/region","op":"=","value":"north"}]}}""", nodes));
        Assert.True(VillageForm.Holds("""{"anyIn":"/member/visit","where":{"field":"/member/visit/day","op":"<","value":"2025-06-01"}}""", nodes));
        Assert.False(VillageForm.Holds(
            """{"anyIn":"/member/visit","where":{"all":[{"field":"/member/age","op":"=","value":3},{"field":"/member/visit/day","op":"<","value":"2025-06-01"}]}}""",
            nodes));
        Assert.True(VillageForm.Holds(
            """{"anyIn":"/member","where":{"all":[{"field":"/member/age","op":"=","value":3},{"not":{"anyIn":"/member/visit","where":{"field":"/member/visit/day","op":"<","value":"2025-06-01"}}}]}}""",
            nodes));
        Assert.False(VillageForm.Holds("""{"anyIn":"/pet","where":{"field":"/pet/kind","op":"is-empty"}}""", nodes));
        Assert.False(VillageForm.Holds("""{"anyIn":"/pet","where":{"field":"/pet/kind","op":"is-empty"}}""", ""));
    }

    [Fact]
    public void Facts_are_compared_and_nothing_known_equals_nothing()
    {
        Assert.True(VillageForm.Holds("""{"fact":"submittedBy","op":"in","values":[11,12]}""", ""));
        Assert.False(VillageForm.Holds("""{"fact":"submittedBy","op":"≠","value":11}""", "", VillageForm.Facts with { SubmittedBy = null }));
        Assert.True(VillageForm.Holds("""{"fact":"submittedOn","op":"≥","value":"2026-11-21T12:00:00+02:00"}""", ""));
        Assert.False(VillageForm.Holds("""{"fact":"submittedOn","op":">","value":"2026-11-21T12:00:00+02:00"}""", ""));
        Assert.True(VillageForm.Holds("""{"fact":"reviewState","op":"=","value":"approved"}""", ""));
        Assert.True(VillageForm.Holds("""{"fact":"reviewState","op":"is-empty"}""", "", VillageForm.Facts with { ReviewState = null }));
        Assert.True(VillageForm.Holds("""{"fact":"deployment","op":"is-empty"}""", ""));
        Assert.True(VillageForm.Holds("""{"fact":"submitterUnit","op":"=","value":4}""", ""));
        Assert.False(VillageForm.Holds("""{"fact":"submitterUnit","op":"≠","value":4}""", ""));
        Assert.False(VillageForm.Holds("""{"fact":"submitterUnit","op":"≠","value":4}""", "", VillageForm.Facts with { SubmitterUnits = [] }));
        const string named = "<meta><instanceID>uuid:1</instanceID><entity id='uuid:e1' dataset='trees'/></meta>";
        Assert.True(VillageForm.Holds("""{"fact":"entity","op":"=","value":"uuid:e1"}""", named));
        Assert.False(VillageForm.Holds("""{"fact":"entity","op":"=","value":"uuid:e1"}""", "<entity id='uuid:e1'/><meta><x><entity id='uuid:e1'/></x></meta>"));
        Assert.True(VillageForm.Holds("""{"fact":"entity","op":"is-empty"}""", "<meta><instanceID>uuid:1</instanceID></meta>"));
    }

    [Fact]
    public void What_a_phone_encrypted_holds_only_where_its_answers_do_not_matter()
    {
        const string encrypted = "<data id='village' encrypted='yes'><base64EncryptedKey>x</base64EncryptedKey></data>";
        Assert.False(VillageForm.HoldsFor("""{"field":"/region","op":"is-empty"}""", encrypted));
        Assert.False(VillageForm.HoldsFor("""{"not":{"field":"/region","op":"=","value":"north"}}""", encrypted));
        Assert.False(VillageForm.HoldsFor("""{"not":{"anyIn":"/member","where":{"field":"/member/age","op":"<","value":5}}}""", encrypted));
        Assert.True(VillageForm.HoldsFor("""{"fact":"submittedBy","op":"=","value":12}""", encrypted));
        Assert.True(VillageForm.HoldsFor("""{"any":[{"field":"/region","op":"=","value":"north"},{"fact":"submittedBy","op":"=","value":12}]}""", encrypted));
        Assert.True(VillageForm.HoldsFor("""{"not":{"all":[{"field":"/region","op":"=","value":"north"},{"fact":"submittedBy","op":"=","value":1}]}}""", encrypted));
    }

    [Fact]
    public void Several_conditions_are_asked_of_one_reading_and_nothing_is_left_of_the_one_before()
    {
        using var matcher = new ConditionMatcher(
            VillageForm.Tables,
            [
                VillageForm.Bind("""{"field":"/region","op":"=","value":"north"}"""),
                VillageForm.Bind("""{"anyIn":"/member","where":{"field":"/member/age","op":"<","value":5}}"""),
            ]);
        Assert.Equal([true, true], matcher.Match("<data id='village'><region>north</region><member><age>2</age></member></data>"u8, VillageForm.Facts));
        Assert.Equal([false, false], matcher.Match("<data id='village'/>"u8, VillageForm.Facts));
        Assert.Throws<InstanceException>(() => matcher.Match("<data id='village'><region>north</region>"u8, VillageForm.Facts));
        Assert.Equal([true, false], matcher.Match("<data id='village'><region>north</region></data>"u8, VillageForm.Facts));
    }

    [Fact]
    public void A_hundred_thousand_rows_are_asked_in_one_pass()
    {
        var xml = Encoding.UTF8.GetBytes($"<data id='village'>{string.Concat(Enumerable.Repeat("<member><age>7</age></member>", 100_000))}</data>");
        using var matcher = new ConditionMatcher(
            VillageForm.Tables, [VillageForm.Bind("""{"anyIn":"/member","where":{"field":"/member/age","op":"<","value":5}}""")]);
        Assert.False(matcher.Match(xml, VillageForm.Facts)[0]);
    }
}
