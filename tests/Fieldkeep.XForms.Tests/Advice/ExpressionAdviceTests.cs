using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Tests.Compilation;
using Xunit;

namespace Fieldkeep.XForms.Tests.Advice;

/// <summary>Says what authors are told about expressions that clients cannot read.</summary>
public sealed class ExpressionAdviceTests
{
    [Theory]
    [InlineData("${a} = ")]
    [InlineData("(${a} = 1")]
    [InlineData("${a} = 1)")]
    [InlineData("${a} == 1")]
    [InlineData("${a} = 1 and and ${a} = 2")]
    [InlineData("(${a} = 1) and and (${a} = 2)")]
    [InlineData("${a} AND 1")]
    [InlineData("if(${a} = 1, 'x', 'y'")]
    [InlineData("$(a) = 1")]
    public void An_expression_that_is_no_xpath_is_told(string text)
    {
        var told = Relevant(text).ShouldAdvise(DiagnosticCode.XPathSyntax, 3);

        Assert.Equal(("survey", "relevant", "D3"), (told.Cell?.Sheet, told.Cell?.Column, told.Cell?.Address));
        Assert.StartsWith("Apps for collecting will not understand this expression. ", told.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("${a} = 1")]
    [InlineData("yes")]
    [InlineData("TRUE")]
    [InlineData("FALSE")]
    [InlineData("count(${a}[. > 1]) > 1 or ../a != ''")]
    [InlineData("selected(${a}, \"it's\")")]
    [InlineData("pulldata('f', 'x', 'y', ${a}) = jr:choice-name(${a}, '${a}')")]
    [InlineData("esri:within(${a}, 1, 2, 3)")]
    public void An_expression_that_clients_read_is_not_told(string text) =>
        Relevant(text).ShouldNotAdvise(DiagnosticCode.XPathSyntax).ShouldNotAdvise(DiagnosticCode.XPathFunction);

    [Fact]
    public void Two_operators_after_each_other_are_told_as_a_missing_value() =>
        Assert.EndsWith(
            "Before “and” at character 14 a value is missing.",
            Relevant("${a} = 1 and and ${a} = 2").ShouldAdvise(DiagnosticCode.XPathSyntax, 3).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("sellected(${a}, 'x')", "selected")]
    [InlineData("IF(${a} = 1, 2, 3)", "if")]
    [InlineData("Count(${a}) > 1", "count")]
    [InlineData("ifelse(${a} = 1, 2, 3)", "if")]
    [InlineData("duration() > 5", null)]
    public void A_function_nobody_knows_is_told_with_the_one_that_was_meant(string text, string? meant)
    {
        var told = Relevant(text).ShouldAdvise(DiagnosticCode.XPathFunction, 3);

        Assert.Equal(meant, told.Suggestion);
    }

    [Theory]
    [InlineData("average(${a}) > 1", "sum(…) div count(…)")]
    [InlineData("avg(${a}) > 1", "sum(…) div count(…)")]
    [InlineData("isnull(${a})", "${question} = ''")]
    [InlineData("is-null(${a})", "${question} = ''")]
    [InlineData("replace(${a}, 'x', 'y') = 'y'", "translate(…) only replaces single characters")]
    [InlineData("mid(${a}, 1, 2) = 'y'", "substr(text, from, to)")]
    [InlineData("choice-label(${a}, 'x') = 'y'", "jr:choice-name(value, '${question}')")]
    [InlineData("item-at(' ', ${a}, 1) = 'y'", "selected-at(${question}, number)")]
    [InlineData("count-items(' ', ${a}) = 1", "count-selected(${question})")]
    [InlineData("index() = 1", "position(..)")]
    public void What_another_tool_computes_otherwise_is_told_in_a_sentence_and_never_as_one_word(string text, string words)
    {
        var told = Relevant(text).ShouldAdvise(DiagnosticCode.XPathFunction, 3);

        Assert.Null(told.Suggestion);
        Assert.Contains(words, told.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Did you mean", told.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("if(${a} = 1, 'x')", "takes 3 arguments, not 2")]
    [InlineData("selected(${a})", "takes 2 arguments, not 1")]
    [InlineData("not(${a}, 1)", "takes 1 argument, not 2")]
    [InlineData("today(1) = ''", "takes no argument, not 1")]
    [InlineData("round() = 1", "takes 1 to 2 arguments, not 0")]
    [InlineData("max() = 1", "takes at least 1 argument, not 0")]
    [InlineData("indexed-repeat(${a}, ${a}, 1, 2) = 1", "takes 3, 5, 7, 9 or 11 arguments, not 4")]
    public void Arguments_too_few_or_too_many_are_told(string text, string words) =>
        Assert.Contains(words, Relevant(text).ShouldAdvise(DiagnosticCode.XPathFunction, 3).Message, StringComparison.Ordinal);

    [Fact]
    public void Every_place_of_an_expression_is_looked_at()
    {
        var form = FormTable.Of(
            """
            | survey |              |      |       |           |            |             |          |          |               |              |         |
            |        | type         | name | label | relevant  | constraint | calculation | required | readonly | choice_filter | repeat_count | default |
            |        | text         | a    | A     | x(1       |            |             |          |          |               |              |         |
            |        | text         | b    | B     |           | x(1        |             |          |          |               |              |         |
            |        | calculate    | c    |       |           |            | x(1         |          |          |               |              |         |
            |        | text         | d    | D     |           |            |             | x(1      |          |               |              |         |
            |        | text         | e    | E     |           |            |             |          | x(1      |               |              |         |
            |        | select_one l | f    | F     |           |            |             |          |          | x(1           |              |         |
            |        | begin repeat | g    | G     |           |            |             |          |          |               | x(1          |         |
            |        | text         | h    | H     |           |            |             |          |          |               |              | x(1     |
            |        | end repeat   |      |       |           |            |             |          |          |               |              |         |
            | choices |           |      |       |
            |         | list_name | name | label |
            |         | l         | y    | Y     |
            | settings |               |
            |          | instance_name |
            |          | x(1           |
            | entities |           |       |           |
            |          | list_name | label | create_if |
            |          | trees     | x(1   | x(1       |
            """);

        form.ShouldAdviseTimes(DiagnosticCode.XPathSyntax, 11);
        Assert.StartsWith(
            "This default is taken for an expression", form.ShouldAdvise(DiagnosticCode.XPathSyntax, 9).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_default_that_is_a_text_is_no_expression() =>
        FormTable.Of(
            """
            | survey |      |      |       |           |
            |        | type | name | label | default   |
            |        | text | a    | A     | not known |
            """).ShouldNotAdvise(DiagnosticCode.XPathSyntax);

    [Fact]
    public void Mistakes_in_expressions_are_told_beside_errors_too() =>
        FormTable.Of(
            """
            | survey |      |      |       |          |
            |        | type | name | label | relevant |
            |        | txet | a    | A     | 1 =      |
            """).ShouldHaveAmong(DiagnosticCode.TypeUnknown, DiagnosticCode.XPathSyntax);

    [Fact]
    public void Beyond_a_hundred_of_a_kind_only_the_number_is_told()
    {
        var rows = string.Concat(Enumerable.Range(1, 130).Select(i => $"|  | text | q{i} | Q | f({i}) |\n"));

        FormTable.Of($"| survey |  |  |  |  |\n|  | type | name | label | relevant |\n{rows}")
            .ShouldAdviseTimes(DiagnosticCode.XPathFunction, 101)
            .ShouldAdvise(DiagnosticCode.XPathFunction, null);
    }

    private static FormTable Relevant(string text) =>
        FormTable.Of(
            $"""
            | survey |      |      |       |          |
            |        | type | name | label | relevant |
            |        | text | a    | A     |          |
            |        | text | b    | B     | {text}   |
            """);
}
