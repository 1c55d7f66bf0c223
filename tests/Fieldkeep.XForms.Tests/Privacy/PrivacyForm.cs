using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Privacy;
using Fieldkeep.XForms.Sheets;
using Fieldkeep.XForms.Xml;
using Xunit;

namespace Fieldkeep.XForms.Tests.Privacy;

/// <summary>Checks a form written as Markdown tables and asserts on what is found.</summary>
internal sealed class PrivacyForm(PrivacyReport report)
{
    public PrivacyReport Report { get; } = report;

    public static PrivacyForm Of(string markdown)
    {
        var form = XlsFormCompiler.Compile(MarkdownReader.Read(markdown), new CompileOptions());
        Assert.True(form.XForm is not null, string.Join('\n', form.Diagnostics.Select(one => one.Message)));
        return new PrivacyForm(PrivacyCheck.Run(XFormReader.Read(form.XForm)));
    }

    /// <summary>Asserts the first topic of a question.</summary>
    public PrivacyForm ShouldFind(string name, PrivacyTopic topic)
    {
        var found = Report.Findings.FirstOrDefault(finding => finding.Name == name);
        Assert.True(found is not null && found.Topics.Contains(topic), $"{name}: expected {topic}, found {(found is null ? "nothing" : string.Join(", ", found.Topics))}");
        return this;
    }

    /// <summary>Asserts that a question is not found.</summary>
    public PrivacyForm ShouldPass(string name)
    {
        var found = Report.Findings.FirstOrDefault(finding => finding.Name == name);
        Assert.True(found is null, $"{name} is found as {string.Join(", ", found?.Topics ?? [])}");
        return this;
    }

    /// <summary>Asserts a risk of the form.</summary>
    public FormRiskFinding ShouldRisk(FormRisk risk) =>
        Report.Risks.FirstOrDefault(one => one.Risk == risk) ?? throw new InvalidOperationException($"{risk} is not among {string.Join(", ", Report.Risks.Select(one => one.Risk))}");
}
