using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Tests.Compilation;
using Xunit;

namespace Fieldkeep.XForms.Tests.Advice;

/// <summary>Says what authors are told about lists, choices and their translations.</summary>
public sealed class ListAdviceTests
{
    private const string Lists =
        """

        | choices | list_name | name  | label |
        |         | yn        | yes   | Yes   |
        |         | yn        | no    | No    |
        |         | n         | 1     | One   |
        |         | n         | 02    | Two   |
        |         | trees     | oak   | Oak   |
        |         | trees     | ash   | Ash   |
        |         | trees     | other | Other |
        """;

    [Fact]
    public void A_list_that_no_question_offers_is_told_once()
    {
        var told = Questions("| | select_one yn | a | A | | | |\n| | select_one n | b | B | | | |")
            .ShouldAdviseTimes(DiagnosticCode.ChoicesUnused, 1)
            .ShouldAdvise(DiagnosticCode.ChoicesUnused, 6);

        Assert.Equal(("choices", "A6", "trees"), (told.Cell?.Sheet, told.Cell?.Address, told.Cell?.Value));
        Assert.Contains("“trees” (3 choices)", told.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("| | select_one yn | a | A | | | |\n| | rank n | b | B | | | |\n| | select_multiple trees | c | C | | | |")]
    [InlineData("| | select_one yn | a | A | | | |\n| | begin loop over trees | b | B | | | |\n| | text | c | C | | | |\n| | end loop | | | | | |\n| | select_one n | d | D | | | |")]
    [InlineData("| | select_one yn | a | A | | | |\n| | calculate | b | | | | instance('n')/root/item[name = 1]/label |\n| | text | c | instance(\"trees\")/root/item[1]/label | | | |")]
    public void A_list_that_anything_mentions_is_not_told(string rows) => Questions(rows).ShouldNotAdvise(DiagnosticCode.ChoicesUnused);

    [Fact]
    public void Many_unused_lists_are_told_as_one()
    {
        var choices = string.Concat(Enumerable.Range(1, 8).Select(i => $"|  | l{i} | a | A |\n"));

        var told = FormTable.Of($"| survey | type | name | label |\n|  | text | q | Q |\n| choices | list_name | name | label |\n{choices}")
            .ShouldAdviseTimes(DiagnosticCode.ChoicesUnused, 1)
            .ShouldAdvise(DiagnosticCode.ChoicesUnused, 2);

        Assert.Contains("8 of 8 lists: l1, l2", told.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("${a} = 'yess'", "yes")]
    [InlineData("'yess' = ${a}", "yes")]
    [InlineData("${a} != 'Yes'", "yes")]
    [InlineData("selected(${a}, 'maybe')", null)]
    [InlineData("not(selected(${a}, 'yes_no'))", null)]
    [InlineData("${a} = 3", null)]
    [InlineData("${m} = 'oak elm'", null)]
    [InlineData("if(${a} = 'yess' or ${a} = 'yess', 1, 2) = 1", "yes")]
    public void A_comparison_with_a_value_the_list_lacks_is_told(string relevant, string? meant)
    {
        var told = Questions($"| | select_one yn | a | A | | | |\n| | select_multiple trees | m | M | | | |\n| | text | q | Q | {relevant} | | |")
            .ShouldAdviseTimes(DiagnosticCode.ChoiceUnknown, 1)
            .ShouldAdvise(DiagnosticCode.ChoiceUnknown, 4);

        Assert.Equal(("relevant", meant), (told.Cell?.Column, told.Suggestion));
    }

    [Theory]
    [InlineData("${a} = 'yes' and ${a} != ''")]
    [InlineData("selected(${m}, 'ash') or ${m} = 'oak ash'")]
    [InlineData("${b} = 1 and ${b} = 2 and ${b} = '02'")]
    [InlineData("${a} = ${m} or ${a} = concat('x', 'y')")]
    [InlineData("${last-saved#a} = 'long ago'")]
    [InlineData("instance('trees')/root/item[name = 'x']/label = 'y'")]
    public void A_comparison_with_a_choice_or_with_no_fixed_value_is_not_told(string relevant) =>
        Questions(
            "| | select_one yn | a | A | | | |\n| | select_multiple trees | m | M | | | |\n| | select_one n | b | B | | | |\n"
            + $"| | text | q | Q | {relevant} | | |").ShouldNotAdvise(DiagnosticCode.ChoiceUnknown);

    [Fact]
    public void A_dot_in_a_constraint_is_the_question_itself() =>
        Questions("| | select_multiple trees | m | M | | not(selected(., 'none')) or . = 'none' | |")
            .ShouldAdviseTimes(DiagnosticCode.ChoiceUnknown, 1)
            .ShouldAdvise(DiagnosticCode.ChoiceUnknown, 2);

    [Fact]
    public void A_select_with_other_has_that_choice_and_one_from_a_file_may_have_any() =>
        Questions("| | select_one yn or_other | a | A | | | |\n| | select_one_from_file f.csv | b | B | | | |\n| | text | q | Q | ${a} = 'other' and ${b} = 'x' | | |")
            .ShouldNotAdvise(DiagnosticCode.ChoiceUnknown);

    [Fact]
    public void A_choice_name_with_a_space_is_told_once_per_list()
    {
        var told = FormTable.Of(
            """
            | survey  | type         | name    | label |
            |         | select_one l | a       | A     |
            | choices | list_name    | name    | label |
            |         | l            | plain   | P     |
            |         | l            | red oak | R     |
            |         | l            | old ash | O     |
            """).ShouldAdviseTimes(DiagnosticCode.ChoiceNameSpacesAdvised, 1).ShouldAdvise(DiagnosticCode.ChoiceNameSpacesAdvised, 3, "red_oak");

        Assert.Contains("So have 1 more", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_that_one_language_lacks_is_told_at_its_cell()
    {
        var form = FormTable.Of(
            """
            | survey  | type         | name | label::English (en) | label::French (fr) |
            |         | text         | a    | One                 | Un                 |
            |         | text         | b    | Two                 |                    |
            |         | note         | c    | 3                   |                    |
            |         | select_one l | d    |                     | Quatre             |
            | choices | list_name    | name | label::English (en) | label::French (fr) |
            |         | l            | x    | X ray               | Rayon X            |
            |         | l            | w    | Wood                | Bois               |
            |         | l            | y    | Yes                 | Oui                |
            |         | l            | z    | Last                | Dernier            |
            |         | l            | n    | No                  |                    |
            """).ShouldAdviseTimes(DiagnosticCode.TranslationEmpty, 3);

        Assert.Equal("survey D3", Place(form, 3));
        Assert.Equal("survey C5", Place(form, 5));
        Assert.Equal("choices D6", Place(form, 6));
    }

    [Fact]
    public void Many_missing_texts_are_told_as_one()
    {
        var rows = string.Concat(Enumerable.Range(1, 20).Select(i => $"|  | text | q{i} | Question | {(i > 4 ? "" : "Question")} |\n"));

        var told = FormTable.Of($"| survey | type | name | label::English (en) | label::French (fr) |\n{rows}")
            .ShouldAdviseTimes(DiagnosticCode.TranslationEmpty, 1)
            .ShouldAdvise(DiagnosticCode.TranslationEmpty, 6);

        Assert.StartsWith("16 of 20 texts", told.Message, StringComparison.Ordinal);
        Assert.EndsWith("6, 7, 8, 9, 10, 11, 12, 13, 14, 15 and 6 more.", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_written_once_is_shown_in_every_language() =>
        FormTable.Of(
            """
            | survey | type | name | label | label::French (fr) |
            |        | text | a    | One   | Un                 |
            |        | text | b    | Two   |                    |
            """).ShouldNotAdvise(DiagnosticCode.TranslationEmpty);

    private static string Place(FormTable form, int row) =>
        form.ShouldAdvise(DiagnosticCode.TranslationEmpty, row).Cell is { } cell ? $"{cell.Sheet} {cell.Address}" : "";

    private static FormTable Questions(string rows) =>
        FormTable.Of($"| survey | type | name | label | relevant | constraint | calculation |\n{rows}{Lists}");
}
