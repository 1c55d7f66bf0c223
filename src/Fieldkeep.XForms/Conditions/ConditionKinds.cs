namespace Fieldkeep.XForms.Conditions;

/// <summary>Says which comparisons each kind of answer and each fact knows, and how that is told.</summary>
internal static class ConditionKinds
{
    private static readonly ConditionOp[] InOrder =
    [
        ConditionOp.Equal, ConditionOp.NotEqual, ConditionOp.In, ConditionOp.Less, ConditionOp.LessOrEqual, ConditionOp.Greater,
        ConditionOp.GreaterOrEqual, ConditionOp.Between,
    ];

    private static readonly ConditionOp[] OfText = [.. InOrder, ConditionOp.Contains, ConditionOp.StartsWith];

    private static readonly ConditionOp[] OfChoice = [ConditionOp.Equal, ConditionOp.NotEqual, ConditionOp.In];

    private static readonly ConditionOp[] OfTruth = [ConditionOp.Equal, ConditionOp.NotEqual];

    /// <summary>Tells whether a kind of answer can be compared so.</summary>
    public static bool Knows(AnswerKind kind, ConditionOp op) => Array.IndexOf(ListOf(kind), op) >= 0;

    /// <summary>Tells whether a fact can be compared so.</summary>
    public static bool Knows(RowFact fact, ConditionOp op) => Array.IndexOf(ListOf(fact), op) >= 0;

    public static string OpsOf(AnswerKind kind) => Told(ListOf(kind));

    public static string OpsOf(RowFact fact) => Told(ListOf(fact));

    /// <summary>How a fact is compared.</summary>
    public static AnswerKind Of(RowFact fact) => fact switch
    {
        RowFact.SubmittedOn => AnswerKind.Instant,
        RowFact.ReviewState or RowFact.Entity => AnswerKind.Text,
        _ => AnswerKind.Number,
    };

    public static string NameOf(AnswerKind kind) => kind switch
    {
        AnswerKind.Text => "a text",
        AnswerKind.Number => "a number",
        AnswerKind.Truth => "true or false",
        AnswerKind.Date => "a date",
        AnswerKind.Time => "a time",
        AnswerKind.Instant => "an instant",
        AnswerKind.Choice => "a choice",
        AnswerKind.Choices => "several choices",
        _ => "a place",
    };

    public static string ExampleOf(AnswerKind kind) => kind switch
    {
        AnswerKind.Number => "it without quotation marks, such as 5 or 2.5",
        AnswerKind.Truth => "true or false without quotation marks",
        AnswerKind.Date => "\"2026-11-21\"",
        AnswerKind.Time => "\"14:30\"",
        AnswerKind.Instant => "\"2026-11-21T14:30:00Z\"",
        _ => "it as a text, in quotation marks",
    };

    private static string Told(ConditionOp[] ops) => string.Join(", ", ops.Append(ConditionOp.IsEmpty).Select(ConditionWords.Of));

    private static ConditionOp[] ListOf(AnswerKind kind) => kind switch
    {
        AnswerKind.Text => OfText,
        AnswerKind.Truth => OfTruth,
        AnswerKind.Choice => OfChoice,
        AnswerKind.Choices => [.. OfChoice, ConditionOp.Contains],
        AnswerKind.Place => [ConditionOp.WithinPolygon],
        _ => InOrder,
    };

    private static ConditionOp[] ListOf(RowFact fact) => fact == RowFact.SubmittedOn ? InOrder : OfChoice;
}
