using Fieldkeep.XForms.Advice;
using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Sheets;
using Fieldkeep.XForms.XlsForm;
using Xunit;

namespace Fieldkeep.XForms.Tests.Advice;

/// <summary>Gives the advisers forms made to keep them busy: what they do must grow with the form only.</summary>
[Collection(typeof(MeasuredAlone))]
public sealed class AdviceGrowthTests
{
    private static readonly string?[] SurveyHeader = ["type", "name", "label", "relevant", "calculation"];
    private static readonly string?[] ChoicesHeader = ["list_name", "name", "label"];

    [Theory]
    [InlineData("${{a{0}}} + ")]
    [InlineData("'${{a{0}}}' + ")]
    public void The_names_in_one_cell_are_listed_in_linear_time(string piece) =>
        Growth.ShouldBeLinear(
            1_000,
            names => string.Concat(Enumerable.Range(0, names).Select(i => string.Format(null, piece, i))) + "1",
            text => Assert.NotEmpty(new ParsedText(text).Names));

    [Theory]
    [InlineData("${{q}} = {0}999")]
    [InlineData("${{q}} = 'c{0}x'")]
    [InlineData("${{q}} = 'C{0}'")]
    [InlineData("selected(${{q}}, 'c1 c{0}x')")]
    public void Comparisons_with_the_choices_of_a_long_list_are_looked_up_in_linear_time(string comparison) =>
        Growth.ShouldBeLinear(
            300,
            size => Read(
                [["select_one l", "q", "Q"], .. Enumerable.Range(0, size).Select(i => Row("note", $"n{i}", "N", string.Format(null, comparison, i)))],
                Enumerable.Range(0, size).Select(i => Row("l", $"c{i}", "C"))),
            form => new AdviseOnChoiceValues(form, new AdviceList()).Run());

    [Fact]
    public void One_cell_may_compare_with_the_same_value_again_and_again() =>
        Growth.ShouldBeLinear(
            300,
            size => Read(
                [["select_one l", "q", "Q"], ["note", "n", "N", string.Join(" or ", Enumerable.Repeat("${q} = 999", size))]],
                Enumerable.Range(0, size).Select(i => Row("l", $"c{i}", "C"))),
            form => new AdviseOnChoiceValues(form, new AdviceList()).Run());

    [Fact]
    public void Questions_never_shown_are_told_in_linear_time() =>
        Growth.ShouldBeLinear(
            500,
            size => Read(Enumerable.Range(0, size).Select(i => Row("text", $"q{i}", "Q", "no"))),
            form => AdviseOnReach.NeverRelevant(form, new AdviceList()));

    [Fact]
    public void A_circle_through_the_whole_form_is_told_in_linear_time() =>
        Growth.ShouldBeLinear(
            200,
            size => Read(Enumerable.Range(0, size).Select(i => Row("calculate", $"q{i}", null, null, $"${{q{(i + 1) % size}}}"))),
            form => AdviseOnCircles.Run(form, new AdviceList()));

    [Fact]
    public void Functions_nobody_knows_are_told_in_linear_time() =>
        Growth.ShouldBeLinear(
            500,
            size => Read(Enumerable.Range(0, size).Select(i => Row("text", $"q{i}", "Q", $"substrin{i}(1)"))),
            form => AdviseOnExpressions.Run(form, new AdviceList()));

    [Fact]
    public void Texts_in_many_languages_are_compared_in_linear_time() =>
        Growth.ShouldBeLinear(
            40,
            languages => Read(
                Enumerable.Range(0, 20).Select(i => (string?[])["text", $"q{i}", .. Enumerable.Repeat("Q", i % 2 == 0 ? languages : 1)]),
                header: ["type", "name", .. Enumerable.Range(0, languages).Select(i => $"label::L{i}")]),
            form => AdviseOnTranslations.Run(form, new AdviceList()));

    private static string?[] Row(params string?[] cells) => cells;

    private static FormReading Read(
        IEnumerable<string?[]> survey, IEnumerable<string?[]>? choices = null, IReadOnlyList<string?>? header = null)
    {
        var diagnostics = new DiagnosticList();
        var workbook = new Workbook([Sheet("survey", header ?? SurveyHeader, survey), Sheet("choices", ChoicesHeader, choices ?? [])]);
        var document = XlsFormReader.Read(workbook, new FormSettings { RootName = "data", DefaultLanguage = "default", FormId = "data" }, diagnostics);
        Assert.NotNull(document);
        var context = new TreeContext(document, diagnostics);
        var tree = BuildTree.Run(context, FormNamespaces.Prefixes(document.Settings));
        Assert.False(diagnostics.HasErrors, diagnostics.Count == 0 ? "" : diagnostics[0].Message);
        return new FormReading(document, tree, []);
    }

    private static Sheet Sheet(string name, IReadOnlyList<string?> header, IEnumerable<string?[]> rows) =>
        new(name, header, rows.Select((cells, i) => new SheetRow(i + 2, cells)).ToList());
}
