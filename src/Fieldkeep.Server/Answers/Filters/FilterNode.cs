namespace Fieldkeep.Server.Answers.Filters;

/// <summary>A filter as it was written: names not looked up, nothing compared yet.</summary>
/// <param name="Position">Where it begins in the text, from 0.</param>
internal abstract record FilterNode(int Position);

/// <summary><c>a and b</c>, or <c>a or b</c>.</summary>
internal sealed record LogicNode(int Position, bool IsAnd, IReadOnlyList<FilterNode> Parts) : FilterNode(Position);

/// <summary><c>not a</c>.</summary>
internal sealed record NotNode(int Position, FilterNode Part) : FilterNode(Position);

/// <summary><c>a eq b</c> and its kin.</summary>
/// <param name="Operator">eq, ne, gt, ge, lt or le.</param>
internal sealed record CompareNode(int Position, string Operator, FilterNode Left, FilterNode Right) : FilterNode(Position);

/// <summary><c>a in (b, c)</c>.</summary>
internal sealed record InNode(int Position, FilterNode Left, IReadOnlyList<FilterNode> Choices) : FilterNode(Position);

/// <summary><c>repeat/any(r: …)</c> or <c>all</c>.</summary>
/// <param name="Inside">Null for any() without a condition: there is a row.</param>
internal sealed record LambdaNode(int Position, IReadOnlyList<string> Path, bool IsAll, string Variable, FilterNode? Inside) : FilterNode(Position);

/// <summary><c>name(a, b)</c>.</summary>
internal sealed record CallNode(int Position, string Name, IReadOnlyList<FilterNode> Arguments) : FilterNode(Position);

/// <summary>A path such as <c>group/question</c>.</summary>
internal sealed record PathNode(int Position, IReadOnlyList<string> Steps) : FilterNode(Position)
{
    /// <summary>The path as it was written.</summary>
    public string Text => string.Join('/', Steps);
}

/// <summary>A text, a number, a date, true, false or null.</summary>
internal sealed record LiteralNode(int Position, FilterValue Value) : FilterNode(Position);
