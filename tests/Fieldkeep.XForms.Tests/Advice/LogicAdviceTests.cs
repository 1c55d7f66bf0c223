using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Tests.Compilation;
using Xunit;

namespace Fieldkeep.XForms.Tests.Advice;

/// <summary>Says what authors are told about questions that nobody reaches and expressions that wait for each other.</summary>
public sealed class LogicAdviceTests
{
    [Theory]
    [InlineData("a: calculation ${b}; b: calculation ${c}; c: calculation ${a}", "“a” depends on itself: a → b → c → a")]
    [InlineData("a: calculation ${a} + 1", "The calculation of “a” depends on itself. ")]
    [InlineData("a: calculation if(. = '', 1, .)", "The calculation of “a” depends on itself. ")]
    [InlineData("a: relevant ${a} = 1", "The relevance of “a” depends on itself. ")]
    [InlineData("a: required . = ''", "The required condition of “a” depends on itself. ")]
    [InlineData("a: relevant ${b} = 1; b: relevant ${a} = 1", "The relevance of “a” depends on itself: a → b → a")]
    [InlineData("a: relevant ${b} = 1; b: calculation concat('${a}')", "The relevance of “a” depends on itself: a → b → a")]
    [InlineData("a: calculation instance('x')/root/item[name = ${b}]/y; b: calculation ${a}", "a → b → a")]
    [InlineData("g: relevant ${a} = 1", "The relevance of “g” depends on itself. ")]
    [InlineData("g: relevant ${c} = 1; c: calculation ${a}", "The relevance of “g” depends on itself: g → c → g")]
    public void A_circle_is_told_once_with_its_way(string logic, string words)
    {
        var told = Logic(logic).ShouldAdviseTimes(DiagnosticCode.Circular, 1);

        Assert.Contains(words, told.ShouldAdvise(DiagnosticCode.Circular, logic[0] == 'g' ? 2 : 3).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a: calculation ${b}; b: calculation ${c}")]
    [InlineData("a: constraint ${a} > 1 and . > ${b}; b: constraint . > ${a}")]
    [InlineData("a: relevant ${b} = 1; b: constraint ${a} > 1")]
    [InlineData("a: calculation once(${b} + 1)")]
    [InlineData("a: calculation ${last-saved#a} + 1")]
    [InlineData("a: calculation instance('x')/root/item[. = 1]/y")]
    [InlineData("g: relevant ${c} = 1; a: calculation ${b}")]
    [InlineData("a: calculation count(..)")]
    public void A_form_without_a_circle_is_not_told_of_one(string logic) => Logic(logic).ShouldNotAdvise(DiagnosticCode.Circular);

    [Fact]
    public void A_calculation_that_a_trigger_runs_waits_for_nobody() =>
        FormTable.Of(
            """
            | survey | type    | name | label | calculation | trigger |
            |        | integer | a    | A     |             |         |
            |        | integer | b    | B     | ${b} + 1    | ${a}    |
            """).ShouldNotAdvise(DiagnosticCode.Circular);

    [Fact]
    public void A_long_chain_is_looked_through_without_going_deep()
    {
        var rows = string.Concat(Enumerable.Range(1, 5_000).Select(i => $"|  | calculate | q{i} | ${{q{i % 5_000 + 1}}} |\n"));

        FormTable.Of($"| survey | type | name | calculation |\n{rows}").ShouldAdviseTimes(DiagnosticCode.Circular, 1);
    }

    [Theory]
    [InlineData("a: relevant false()", 3)]
    [InlineData("a: relevant no", 3)]
    [InlineData("a: relevant 0", 3)]
    [InlineData("a: relevant 1 = 2", 3)]
    [InlineData("a: relevant not(true())", 3)]
    [InlineData("g: relevant 'x' = 'y'; a: relevant 0", 2)]
    public void A_relevance_that_is_always_false_is_told_at_the_outermost(string logic, int row) =>
        Logic(logic).ShouldAdviseTimes(DiagnosticCode.NeverRelevant, 1).ShouldAdvise(DiagnosticCode.NeverRelevant, row);

    [Theory]
    [InlineData("a: relevant true()")]
    [InlineData("a: relevant 1")]
    [InlineData("a: relevant not(false())")]
    [InlineData("a: relevant ${b} = 1")]
    [InlineData("a: relevant false() or ${b} = 1")]
    public void A_relevance_that_can_be_true_is_not_told(string logic) => Logic(logic).ShouldNotAdvise(DiagnosticCode.NeverRelevant);

    [Fact]
    public void A_constraint_that_needs_a_later_answer_is_told() =>
        Assert.Contains(
            "${b}, which is asked later (row 4)",
            Logic("a: constraint . < ${b}").ShouldAdvise(DiagnosticCode.ConstraintLater, 3).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("b: constraint . > ${a}")]
    [InlineData("a: constraint . < ${b} or ${b} = ''")]
    [InlineData("a: constraint if(${b} > 1, . > 1, true())")]
    [InlineData("a: constraint . != ${b}")]
    [InlineData("a: constraint . < ${b}; b: calculation 5")]
    public void A_constraint_that_allows_for_what_comes_later_is_not_told(string logic) =>
        Logic(logic).ShouldNotAdvise(DiagnosticCode.ConstraintLater);

    [Fact]
    public void Questions_on_one_screen_may_compare_either_way() =>
        FormTable.Of(
            """
            | survey | type        | name | label | constraint | appearance |
            |        | begin group | g    | G     |            | field-list |
            |        | integer     | a    | A     | . < ${b}   |            |
            |        | integer     | b    | B     |            |            |
            |        | end group   |      |       |            |            |
            """).ShouldNotAdvise(DiagnosticCode.ConstraintLater);

    [Fact]
    public void A_looked_up_value_that_nothing_reads_is_told() =>
        Look("pulldata('f', 'x', 'y', ${q})", "Thanks").ShouldAdvise(DiagnosticCode.CalculationUnread, 3);

    [Theory]
    [InlineData("pulldata('f', 'x', 'y', ${q})", "Thanks, ${c}")]
    [InlineData("pulldata('f', 'x', 'y', ${q})", "Thanks <output value='/data/c'/>")]
    [InlineData("${q} + 1", "Thanks")]
    public void A_value_that_is_shown_or_only_computed_is_not_told(string calculation, string label) =>
        Look(calculation, label).ShouldNotAdvise(DiagnosticCode.CalculationUnread);

    [Fact]
    public void A_looked_up_value_saved_to_an_entity_is_not_told() =>
        FormTable.Of(
            """
            | survey   | type      | name | label | calculation                   | save_to |
            |          | text      | q    | Q     |                               |         |
            |          | calculate | c    |       | pulldata('f', 'x', 'y', ${q}) | kind    |
            | entities | list_name | label |
            |          | trees     | ${q}  |
            """).ShouldNotAdvise(DiagnosticCode.CalculationUnread);

    [Fact]
    public void A_name_that_programs_for_analysis_cut_is_told()
    {
        var (longest, longer) = (new string('n', 64), new string('m', 65));

        FormTable.Of($"| survey | type | name | label |\n|  | text | {longest} | A |\n|  | text | {longer} | B |")
            .ShouldAdviseTimes(DiagnosticCode.NameLong, 1)
            .ShouldAdvise(DiagnosticCode.NameLong, 3);
    }

    private static FormTable Look(string calculation, string label) =>
        FormTable.Of(
            $"""
            | survey | type      | name | label   | calculation   |
            |        | text      | q    | Q       |               |
            |        | calculate | c    |         | {calculation} |
            |        | note      | n    | {label} |               |
            """);

    /// <summary>A group g in row 2 with a and b in rows 3 and 4; c follows in row 6.</summary>
    private static FormTable Logic(string logic)
    {
        string[] columns = ["calculation", "relevant", "constraint", "required"];
        var said = logic.Split("; ").Select(one => one.Split([' '], 3)).ToList();
        string Row(string type, string name)
        {
            var cells = columns.Select(column => said.Find(one => one[0] == name + ":" && one[1] == column) is { } found ? found[2] : "");
            return $"|  | {type} | {name} | Label | {string.Join(" | ", cells)} |\n";
        }

        return FormTable.Of(
            $"| survey | type | name | label | {string.Join(" | ", columns)} |\n"
            + Row("begin group", "g") + Row("integer", "a") + Row("integer", "b") + "|  | end group |  |  |  |  |  |  |\n" + Row("integer", "c"));
    }
}
