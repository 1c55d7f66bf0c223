namespace Fieldkeep.XForms.Privacy;

/// <summary>Holds what a privacy check found.</summary>
/// <param name="Findings">Questions, in the form's order.</param>
/// <param name="Risks">Risks of the form as a whole, the gravest first.</param>
public sealed record PrivacyReport(IReadOnlyList<PrivacyFinding> Findings, IReadOnlyList<FormRiskFinding> Risks)
{
    /// <summary>Counts findings and risks of a severity.</summary>
    public int Count(PrivacySeverity severity) =>
        Findings.Count(finding => finding.Severity == severity) + Risks.Count(risk => risk.Severity == severity);
}
