using Fieldkeep.XForms.Conditions;
using Xunit;

namespace Fieldkeep.XForms.Tests.Conditions;

public sealed class ConditionBinderTests
{
    [Theory]
    [InlineData("""{"field":"/regoin","op":"=","value":"north"}""", "/field", "Did you mean “/region”?")]
    [InlineData("""{"field":"/group/size","op":"=","value":1}""", "/field", "Did you mean “/size”?")]
    [InlineData("""{"field":"/member/age","op":"=","value":1}""", "/field", "Ask it with anyIn")]
    [InlineData("""{"anyIn":"/members","where":{"field":"/size","op":"is-empty"}}""", "/anyIn", "Did you mean “/member”?")]
    [InlineData("""{"anyIn":"/pet","where":{"anyIn":"/member","where":{"field":"/size","op":"is-empty"}}}""", "/where/anyIn", "not inside “/pet”")]
    [InlineData("""{"anyIn":"/pet","where":{"field":"/member/age","op":"is-empty"}}""", "/where/field", "asked in the repeat “/member”")]
    [InlineData("""{"field":"/size","op":"contains","value":"1"}""", "/op", "contains cannot be asked of a number")]
    [InlineData("""{"field":"/size","op":"=","value":"5"}""", "/value", "“5” is not a number; write it without quotation marks")]
    [InlineData("""{"field":"/region","op":"=","value":"nroth"}""", "/value", "Did you mean “north”?")]
    [InlineData("""{"field":"/region","op":"<","value":"north"}""", "/op", "=, ≠, in, is-empty can")]
    [InlineData("""{"field":"/region","op":"=","value":1}""", "/value", "in quotation marks")]
    [InlineData("""{"field":"/visited","op":"<","value":"21.11.2026"}""", "/value", "is not a date; write \"2026-11-21\"")]
    [InlineData("""{"field":"/at","op":"<","value":"12:00"}""", "/value", "is not an instant")]
    [InlineData("""{"field":"/agreed","op":"=","value":"true"}""", "/value", "true or false without quotation marks")]
    [InlineData("""{"field":"/place","op":"=","value":"1 1"}""", "/op", "within-polygon, is-empty can")]
    [InlineData("""{"field":"/note","op":"within-polygon","polygon":[[0,0],[0,1],[1,1]]}""", "/op", "cannot be asked of a text")]
    [InlineData("""{"fact":"reviewState","op":"=","value":"received"}""", "/value", "no review state")]
    [InlineData("""{"fact":"submittedBy","op":"<","value":5}""", "/op", "=, ≠, in, is-empty can")]
    [InlineData("""{"fact":"submittedBy","op":"=","value":"ada"}""", "/value", "is not a number")]
    [InlineData("""{"field":"/note","op":"in","values":["a",1]}""", "/values", "in quotation marks")]
    public void What_does_not_fit_the_form_is_told_with_its_place(string json, string place, string message)
    {
        var fault = Assert.Single(Assert.Throws<ConditionException>(() => VillageForm.Bind(json)).Faults);
        Assert.Equal(place, fault.Place);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_are_told()
    {
        var faults = Assert.Throws<ConditionException>(() => VillageForm.Bind(
            """{"all":[{"field":"/x","op":"is-empty"},{"not":{"field":"/size","op":"=","value":true}}]}""")).Faults;
        Assert.Equal(["/all/0/field", "/all/1/not/value"], faults.Select(fault => fault.Place));
    }

    [Fact]
    public void The_kinds_of_its_questions_are_known_without_their_names() => Assert.Equal(
        "choice,number,date",
        VillageForm.Bind("""
            {"all":[{"field":"/region","op":"=","value":"north"},{"field":"/size","op":">","value":1},
            {"anyIn":"/member/visit","where":{"field":"/member/visit/day","op":"is-empty"}},{"fact":"submittedBy","op":"=","value":1}]}
            """).Kinds);
}
