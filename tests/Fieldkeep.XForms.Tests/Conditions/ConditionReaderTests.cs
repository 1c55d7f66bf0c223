using System.Text;
using Fieldkeep.XForms.Conditions;
using Xunit;

namespace Fieldkeep.XForms.Tests.Conditions;

public sealed class ConditionReaderTests
{
    [Theory]
    [InlineData("""{"all":[{"field":"/region","op":"=","value":"north"},{"not":{"field":"/size","op":"is-empty"}}]}""")]
    [InlineData("""{"any":[{"fact":"submittedBy","op":"in","values":[1,2.5]},{"field":"/agreed","op":"≠","value":true}]}""")]
    [InlineData("""{"anyIn":"/member","where":{"field":"/member/age","op":"between","values":[1,5]}}""")]
    [InlineData("""{"field":"/place","op":"within-polygon","polygon":[[0,0],[0,1.5],[1,1]]}""")]
    public void What_was_read_is_written_the_same(string json) =>
        Assert.Equal(json, Encoding.UTF8.GetString(ConditionWriter.Write(Read(json)).Span));

    [Fact]
    public void Signs_of_the_keyboard_are_read_and_written_as_those_of_mathematics() => Assert.Equal(
        """{"field":"/size","op":"≥","value":5}""",
        Encoding.UTF8.GetString(ConditionWriter.Write(Read("""{ "value": 5, "op": ">=", "field": "/size" }""")).Span));

    [Theory]
    [InlineData("", "", "not JSON")]
    [InlineData("[]", "", "an object with all")]
    [InlineData("{}", "", "needs all, any")]
    [InlineData("""{"all":[]}""", "/all", "at least one")]
    [InlineData("""{"all":[{"field":"/a","op":"is-empty"}],"any":[]}""", "", "“any” does not belong here")]
    [InlineData("""{"not":5}""", "/not", "an object")]
    [InlineData("""{"anyIn":"/member"}""", "", "needs where")]
    [InlineData("""{"anyIn":"member","where":{"field":"/a","op":"is-empty"}}""", "/anyIn", "a slash in front")]
    [InlineData("""{"field":"/a","op":"like","value":"x"}""", "/op", "must be one of =, ≠")]
    [InlineData("""{"field":"/a","op":"="}""", "", "needs a value")]
    [InlineData("""{"field":"/a","op":"=","value":null}""", "/value", "true or false")]
    [InlineData("""{"field":"/a","op":"=","value":""}""", "/value", "Use is-empty")]
    [InlineData("""{"field":"/a","op":"=","value":1e99}""", "/value", "a number of at most")]
    [InlineData("""{"field":"/a","op":"=","value":"x","values":[]}""", "", "“values” does not belong here")]
    [InlineData("""{"field":"/a","op":"is-empty","value":"x"}""", "", "“value” does not belong here")]
    [InlineData("""{"field":"/a","field":"/b","op":"is-empty"}""", "", "“field” does not belong here, or stands here twice")]
    [InlineData("""{"field":"/a","op":"in","values":[]}""", "/values", "at least one")]
    [InlineData("""{"field":"/a","op":"between","values":[1]}""", "/values", "a list of two")]
    [InlineData("""{"field":"/a","op":"within-polygon","polygon":[[0,0],[1,1]]}""", "/polygon", "3 to 500 corners")]
    [InlineData("""{"field":"/a","op":"within-polygon","polygon":[[0,0],[1,1],[91,0]]}""", "/polygon/2", "-90 to 90")]
    [InlineData("""{"fact":"phone","op":"is-empty"}""", "/fact", "submittedBy")]
    public void What_is_no_condition_is_told_with_its_place(string json, string place, string message)
    {
        var fault = Assert.Single(Assert.Throws<ConditionException>(() => Read(json)).Faults);
        Assert.Equal(place, fault.Place);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_are_told_and_not_without_end()
    {
        const string bad = """{"field":"a","op":"="}""";
        Assert.Equal(3, Assert.Throws<ConditionException>(() => Read($$"""{"all":[{{bad}},{{bad}},{{bad}}]}""")).Faults.Count);
        var many = string.Join(',', Enumerable.Repeat(bad, 90));
        Assert.InRange(Assert.Throws<ConditionException>(() => Read($$"""{"all":[{{many}}]}""")).Faults.Count, 20, 21);
    }

    [Fact]
    public void Too_deep_too_many_and_too_long_is_refused()
    {
        const string one = """{"field":"/a","op":"is-empty"}""";
        Assert.NotNull(Read(Nested(one, 7)));
        Assert.Contains("8 deep", MessageOf(Nested(one, 8)), StringComparison.Ordinal);
        Assert.Contains("not JSON", MessageOf(Nested(one, 100)), StringComparison.Ordinal);
        Assert.NotNull(Read($$"""{"all":[{{string.Join(',', Enumerable.Repeat(one, 100))}}]}"""));
        Assert.Contains("more than 100", MessageOf($$"""{"all":[{{string.Join(',', Enumerable.Repeat(one, 101))}}]}"""), StringComparison.Ordinal);
        Assert.Contains("at most 1000", MessageOf($$"""{"field":"/a","op":"in","values":[{{string.Join(',', Enumerable.Range(0, 1001))}}]}"""), StringComparison.Ordinal);
        Assert.Contains("at most 1000", MessageOf($$"""{"field":"/a","op":"=","value":"{{new string('x', 1001)}}"}"""), StringComparison.Ordinal);
        Assert.Contains("64 KiB", MessageOf(new string(' ', 65 * 1024)), StringComparison.Ordinal);
    }

    private static string Nested(string inside, int times) =>
        string.Concat(Enumerable.Repeat("{\"not\":", times)) + inside + new string('}', times);

    private static string MessageOf(string json) => Assert.Throws<ConditionException>(() => Read(json)).Message;

    private static RowCondition Read(string json) => ConditionReader.Read(Encoding.UTF8.GetBytes(json));
}
