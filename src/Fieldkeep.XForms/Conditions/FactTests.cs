namespace Fieldkeep.XForms.Conditions;

/// <summary>Compares what the server knows of a submission. Where it knows nothing, no comparison holds.</summary>
internal static class FactTests
{
    /// <summary>What reviewers can say.</summary>
    public static IReadOnlyList<string> ReviewStates { get; } = ["hasIssues", "edited", "approved", "rejected"];

    /// <summary>Tells whether nothing is known.</summary>
    public static bool IsEmpty(RowFact fact, ConditionFacts facts) => fact switch
    {
        RowFact.SubmittedBy => facts.SubmittedBy is null,
        RowFact.Deployment => facts.Deployment is null,
        RowFact.ReviewState => facts.ReviewState is null,
        RowFact.SubmitterUnit => facts.SubmitterUnits.Count == 0,
        _ => false,
    };

    /// <summary>Compares a number or an instant; of several units each.</summary>
    public static bool Holds(RowFact fact, ConditionOp op, ConditionFacts facts, decimal[] values) => fact switch
    {
        RowFact.SubmittedBy => facts.SubmittedBy is { } by && AnswerTests.HoldsFor(op, by, values),
        RowFact.Deployment => facts.Deployment is { } deployment && AnswerTests.HoldsFor(op, deployment, values),
        RowFact.SubmittedOn => AnswerTests.HoldsFor(op, facts.SubmittedOn.UtcTicks, values),
        RowFact.SubmitterUnit => facts.SubmitterUnits.Count > 0
            && facts.SubmitterUnits.Any(unit => Array.IndexOf(values, unit) >= 0) != (op == ConditionOp.NotEqual),
        _ => throw new InvalidOperationException($"{fact} is no number."),
    };
}
