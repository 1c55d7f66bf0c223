using System.Collections.Frozen;

namespace Fieldkeep.XForms.Conditions;

/// <summary>The words that conditions are written with.</summary>
internal static class ConditionWords
{
    private static readonly (ConditionOp Op, string Word)[] Written =
    [
        (ConditionOp.Equal, "="),
        (ConditionOp.NotEqual, "≠"),
        (ConditionOp.In, "in"),
        (ConditionOp.Less, "<"),
        (ConditionOp.LessOrEqual, "≤"),
        (ConditionOp.Greater, ">"),
        (ConditionOp.GreaterOrEqual, "≥"),
        (ConditionOp.Between, "between"),
        (ConditionOp.IsEmpty, "is-empty"),
        (ConditionOp.Contains, "contains"),
        (ConditionOp.StartsWith, "starts-with"),
        (ConditionOp.WithinPolygon, "within-polygon"),
    ];

    private static readonly (RowFact Fact, string Word)[] FactsWritten =
    [
        (RowFact.SubmittedBy, "submittedBy"),
        (RowFact.SubmittedOn, "submittedOn"),
        (RowFact.Deployment, "deployment"),
        (RowFact.ReviewState, "reviewState"),
        (RowFact.SubmitterUnit, "submitterUnit"),
        (RowFact.Entity, "entity"),
    ];

    // What keyboards have in place of the signs.
    private static readonly FrozenDictionary<string, ConditionOp> Ops = Written
        .Append((ConditionOp.NotEqual, "!=")).Append((ConditionOp.LessOrEqual, "<=")).Append((ConditionOp.GreaterOrEqual, ">="))
        .ToFrozenDictionary(one => one.Item2, one => one.Item1, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, RowFact> Facts =
        FactsWritten.ToFrozenDictionary(one => one.Word, one => one.Fact, StringComparer.Ordinal);

    /// <summary>All words of operations, as they are told.</summary>
    public static string AllOps { get; } = string.Join(", ", Written.Select(one => one.Word));

    /// <summary>All words of facts, as they are told.</summary>
    public static string AllFacts { get; } = string.Join(", ", FactsWritten.Select(one => one.Word));

    public static string Of(ConditionOp op) => Array.Find(Written, one => one.Op == op).Word;

    public static string Of(RowFact fact) => Array.Find(FactsWritten, one => one.Fact == fact).Word;

    public static ConditionOp? FindOp(string word) => Ops.TryGetValue(word, out var op) ? op : null;

    public static RowFact? FindFact(string word) => Facts.TryGetValue(word, out var fact) ? fact : null;
}
