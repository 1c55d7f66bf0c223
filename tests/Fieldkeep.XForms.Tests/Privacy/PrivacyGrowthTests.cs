using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Privacy;
using Xunit;

namespace Fieldkeep.XForms.Tests.Privacy;

/// <summary>Gives the check long forms: what it does must grow with the form only.</summary>
[Collection(typeof(MeasuredAlone))]
public sealed class PrivacyGrowthTests
{
    [Fact]
    public void A_form_is_checked_in_linear_time() =>
        Growth.ShouldBeLinear(50, FormOf, form => Assert.NotEmpty(PrivacyCheck.Run(form).Findings));

    [Fact]
    public void A_long_label_is_read_in_linear_time() =>
        Growth.ShouldBeLinear(
            200,
            size => FormOf(1, string.Concat(Enumerable.Repeat("name of the <b ${x health facility ", size))),
            form => PrivacyCheck.Run(form));

    private static XForm FormOf(int questions) => FormOf(questions, "What is the full name of the head of the household?");

    private static XForm FormOf(int questions, string label) => new()
    {
        Id = "long",
        Title = "long",
        RootName = "data",
        Root = new GroupElement([.. Enumerable.Range(1, questions).Select(i => new QuestionElement
        {
            Name = $"q{i}_name",
            Path = $"/data/q{i}_name",
            Order = i,
            DataType = DataType.String,
            Control = "input",
            Label = new FormText(new Dictionary<string, string> { ["English (en)"] = label, ["Français (fr)"] = "Nom complet du chef de ménage" }),
        })])
        { Name = "data", Path = "/data", Order = 0 },
        Languages = ["English (en)", "Français (fr)"],
        ChoiceLists = new Dictionary<string, ChoiceList>(),
        SecondaryInstances = [],
        Attachments = [],
        Entities = [],
    };
}
