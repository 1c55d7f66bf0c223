namespace Fieldkeep.XForms.Conditions;

/// <summary>What the server knows of one submission beside its answers.</summary>
/// <param name="SubmittedBy">Who sent it first; null when that is not known.</param>
/// <param name="SubmittedOn">When it came first.</param>
/// <param name="ReviewState">hasIssues, edited, approved or rejected; null while nobody looked.</param>
/// <param name="Deployment">The deployment it belongs to; null for none.</param>
/// <param name="SubmitterUnits">The units its sender belonged to when it came, those above them too.</param>
public sealed record ConditionFacts(
    long? SubmittedBy, DateTimeOffset SubmittedOn, string? ReviewState, long? Deployment, IReadOnlyCollection<long> SubmitterUnits);
