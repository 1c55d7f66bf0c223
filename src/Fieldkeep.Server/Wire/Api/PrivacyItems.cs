using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Forms.Privacy;
using Fieldkeep.XForms.Privacy;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>What the privacy check found in a form.</summary>
/// <param name="High">Findings and risks of high severity.</param>
/// <param name="UnansweredHigh">Those of them that nobody gave a reason for.</param>
/// <param name="Findings">Questions, in the form's order.</param>
/// <param name="Risks">Risks of the form as a whole, the gravest first.</param>
internal sealed record PrivacyItem(
    int High,
    int Medium,
    int Low,
    int UnansweredHigh,
    IReadOnlyList<PrivacyFindingItem> Findings,
    IReadOnlyList<PrivacyRiskItem> Risks)
{
    /// <summary>Shows a report with its answers.</summary>
    public static PrivacyItem Of(PrivacyView view, IReadOnlyDictionary<long, string> names)
    {
        var findings = view.Report.Findings.Select(finding => PrivacyFindingItem.Of(finding, view, names)).ToList();
        var risks = view.Report.Risks.Select(risk => PrivacyRiskItem.Of(risk, view, names)).ToList();
        return new PrivacyItem(
            view.Report.Count(PrivacySeverity.High),
            view.Report.Count(PrivacySeverity.Medium),
            view.Report.Count(PrivacySeverity.Low),
            findings.Count(one => one is { Severity: PrivacySeverity.High, Decision: not { IsCurrent: true } })
                + risks.Count(one => one is { Severity: PrivacySeverity.High, Decision: not { IsCurrent: true } }),
            findings,
            risks);
    }
}

/// <summary>A question that identifies people or can harm them.</summary>
/// <param name="About">What a decision about it names: its path.</param>
/// <param name="Label">In the form's default language; null when it has none.</param>
/// <param name="IsAboutStaff">Whether it is about the team and not about respondents.</param>
/// <param name="Decision">Why it stays as it is; null when nobody said.</param>
internal sealed record PrivacyFindingItem(
    string About,
    string Name,
    string? Label,
    IReadOnlyList<PrivacyTopic> Topics,
    IReadOnlyList<PrivacyKind> Kinds,
    PrivacySeverity Severity,
    bool IsAboutStaff,
    IReadOnlyList<PrivacyReason> Reasons,
    IReadOnlyList<PrivacyRemedy> Remedies,
    PrivacyDecisionItem? Decision)
{
    /// <summary>Shows a finding.</summary>
    public static PrivacyFindingItem Of(PrivacyFinding finding, PrivacyView view, IReadOnlyDictionary<long, string> names) => new(
        finding.Path,
        finding.Name,
        view.Form.Find(finding.Path)?.Label.Find(view.Form.DefaultLanguage),
        finding.Topics,
        finding.Kinds,
        finding.Severity,
        finding.IsAboutStaff,
        finding.Reasons,
        finding.Remedies,
        PrivacyDecisionItem.Find(view, finding.Path, PrivacyDecision.FoundOf(finding), names));
}

/// <summary>A risk of a form as a whole.</summary>
/// <param name="About">What a decision about it names.</param>
/// <param name="Paths">Questions it comes from.</param>
/// <param name="Decision">Why it stays as it is; null when nobody said.</param>
internal sealed record PrivacyRiskItem(
    string About,
    FormRisk Risk,
    PrivacySeverity Severity,
    IReadOnlyList<string> Paths,
    IReadOnlyList<PrivacyRemedy> Remedies,
    PrivacyDecisionItem? Decision)
{
    /// <summary>Shows a risk.</summary>
    public static PrivacyRiskItem Of(FormRiskFinding risk, PrivacyView view, IReadOnlyDictionary<long, string> names)
    {
        var about = PrivacyDecision.AboutOf(risk);
        return new PrivacyRiskItem(
            about, risk.Risk, risk.Severity, risk.Paths, risk.Remedies, PrivacyDecisionItem.Find(view, about, risk.Paths, names));
    }
}

/// <summary>A reason to leave a finding as it is.</summary>
/// <param name="By">Null when the person is not known any more.</param>
/// <param name="IsCurrent">False when more is found now than when it was given.</param>
internal sealed record PrivacyDecisionItem(string Because, string? By, DateTimeOffset At, bool IsCurrent)
{
    /// <summary>Shows a decision beside what is found now.</summary>
    public static PrivacyDecisionItem Of(
        PrivacyDecision decision, IReadOnlyList<string> found, IReadOnlyDictionary<long, string> names) =>
        new(decision.Because, names.GetValueOrDefault(decision.DecidedBy.Value), decision.DecidedAt, decision.Covers(found));

    /// <summary>Shows the decision about something; null when there is none.</summary>
    public static PrivacyDecisionItem? Find(
        PrivacyView view, string about, IReadOnlyList<string> found, IReadOnlyDictionary<long, string> names) =>
        view.Decisions.GetValueOrDefault(about) is { } decision ? Of(decision, found, names) : null;
}

/// <summary>A reason to keep.</summary>
/// <param name="About">The <c>about</c> of a finding or risk.</param>
/// <param name="Because">1 to 500 characters.</param>
internal sealed record NewPrivacyDecisionItem([property: Required] string? About, [property: Required] string? Because);
