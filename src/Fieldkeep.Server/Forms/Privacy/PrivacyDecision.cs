using Fieldkeep.Server.Kernel;
using Fieldkeep.XForms.Privacy;

namespace Fieldkeep.Server.Forms.Privacy;

/// <summary>An author's answer to a finding: it stays as it is, for a reason.</summary>
/// <param name="Id">Our number.</param>
/// <param name="About">Path of the question, or <c>risk:</c> and the name of a risk.</param>
/// <param name="Because">The reason given.</param>
/// <param name="Found">Topics of the question, or paths of the risk, that were found when it was given.</param>
internal sealed record PrivacyDecision(
    long Id, string About, string Because, IReadOnlyList<string> Found, ActorId DecidedBy, DateTimeOffset DecidedAt)
{
    /// <summary>Begins what a decision about a risk of the form is about.</summary>
    public const string RiskPrefix = "risk:";

    /// <summary>Says what a decision about a risk is about, such as <c>risk:NoConsent</c>.</summary>
    public static string AboutOf(FormRiskFinding risk) => RiskPrefix + risk.Risk;

    /// <summary>Lists what a decision about a question answers to.</summary>
    public static IReadOnlyList<string> FoundOf(PrivacyFinding finding) => [.. finding.Topics.Select(topic => topic.ToString())];

    /// <summary>Says whether the reason was given for all that is found now: a question that asks more asks anew.</summary>
    public bool Covers(IEnumerable<string> found) => found.All(one => Found.Contains(one, StringComparer.Ordinal));
}

/// <summary>A form's privacy report with the answers its authors gave.</summary>
internal sealed record PrivacyView(PrivacyReport Report, XForms.Model.XForm Form, IReadOnlyDictionary<string, PrivacyDecision> Decisions)
{
    /// <summary>Lists what a finding or risk is about and what was found; null when the report has neither.</summary>
    public IReadOnlyList<string>? FindFound(string about) =>
        Report.Findings.FirstOrDefault(finding => finding.Path == about) is { } finding
            ? PrivacyDecision.FoundOf(finding)
            : Report.Risks.FirstOrDefault(risk => PrivacyDecision.AboutOf(risk) == about)?.Paths;
}
