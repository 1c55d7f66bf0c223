using System.Globalization;

namespace Fieldkeep.XForms.XPath;

/// <summary>
/// Is a part of an XPath expression that has a value of its own: what the grammar of XPath 1.0 calls an Expr. A closed
/// family, consumed by <c>switch</c>; <see cref="XPathParser"/> makes it.
/// </summary>
public abstract record XPathExpression : XPathNode;

/// <summary>
/// Joins two expressions by an operator: the grammar's OrExpr, AndExpr, EqualityExpr, RelationalExpr, AdditiveExpr,
/// MultiplicativeExpr and UnionExpr.
/// </summary>
/// <param name="Operator">The operator between the two.</param>
/// <param name="Left">The expression before the operator.</param>
/// <param name="Right">The expression after the operator.</param>
public sealed record BinaryExpr(XPathOperator Operator, XPathExpression Left, XPathExpression Right) : XPathExpression
{
    /// <inheritdoc />
    public override IReadOnlyList<XPathNode> Children => (XPathNode[])[Left, Right];

    internal override object Mark => Operator;

    /// <inheritdoc />
    public bool Equals(BinaryExpr? other) => SaysTheSame(other);

    /// <inheritdoc />
    public override int GetHashCode() => ShallowHash();
}

/// <summary>Negates an expression: <c>-${a}</c>.</summary>
/// <param name="Operand">The expression after the minus sign.</param>
public sealed record UnaryExpr(XPathExpression Operand) : XPathExpression
{
    /// <inheritdoc />
    public override IReadOnlyList<XPathNode> Children => (XPathNode[])[Operand];

    internal override object? Mark => null;

    /// <inheritdoc />
    public bool Equals(UnaryExpr? other) => SaysTheSame(other);

    /// <inheritdoc />
    public override int GetHashCode() => ShallowHash();
}

/// <summary>Walks from the root or from the current node: <c>/data/a</c>, <c>../a</c>, <c>.</c>.</summary>
/// <param name="IsAbsolute">True when the path starts at the root of the instance.</param>
/// <param name="Steps">The steps; empty only for <c>/</c> alone.</param>
public sealed record LocationPath(bool IsAbsolute, IReadOnlyList<LocationStep> Steps) : XPathExpression
{
    /// <inheritdoc />
    public override IReadOnlyList<XPathNode> Children => Steps;

    internal override object Mark => IsAbsolute;

    /// <inheritdoc />
    public bool Equals(LocationPath? other) => SaysTheSame(other);

    /// <inheritdoc />
    public override int GetHashCode() => ShallowHash();
}

/// <summary>Walks from what an expression finds: <c>instance('trees')/root/item</c>, <c>${a}/b</c>, <c>current()/..</c>.</summary>
/// <param name="Filter">The expression before the first slash.</param>
/// <param name="Steps">The steps after it; at least one.</param>
public sealed record PathExpr(XPathExpression Filter, IReadOnlyList<LocationStep> Steps) : XPathExpression
{
    /// <inheritdoc />
    public override IReadOnlyList<XPathNode> Children => [Filter, .. Steps];

    internal override object? Mark => null;

    /// <inheritdoc />
    public bool Equals(PathExpr? other) => SaysTheSame(other);

    /// <inheritdoc />
    public override int GetHashCode() => ShallowHash();
}

/// <summary>Keeps some of what an expression finds: <c>${g}[1]</c>, <c>(../a | ../b)[. &gt; 2]</c>.</summary>
/// <param name="Primary">The expression before the first bracket.</param>
/// <param name="Predicates">The conditions; at least one.</param>
public sealed record FilterExpr(XPathExpression Primary, IReadOnlyList<Predicate> Predicates) : XPathExpression
{
    /// <inheritdoc />
    public override IReadOnlyList<XPathNode> Children => [Primary, .. Predicates];

    internal override object? Mark => null;

    /// <inheritdoc />
    public bool Equals(FilterExpr? other) => SaysTheSame(other);

    /// <inheritdoc />
    public override int GetHashCode() => ShallowHash();
}

/// <summary>Calls a function: <c>selected(${a}, 'b')</c>.</summary>
/// <param name="Name">The name with its prefix, if any.</param>
/// <param name="Arguments">The arguments; may be empty.</param>
public sealed record FunctionCall(string Name, IReadOnlyList<XPathExpression> Arguments) : XPathExpression
{
    /// <inheritdoc />
    public override IReadOnlyList<XPathNode> Children => Arguments;

    internal override object Mark => Name;

    /// <inheritdoc />
    public bool Equals(FunctionCall? other) => SaysTheSame(other);

    /// <inheritdoc />
    public override int GetHashCode() => ShallowHash();
}

/// <summary>Is a text in quotes.</summary>
/// <param name="Value">The text without its quotes; XLSForm replaces references inside it, too.</param>
public sealed record Literal(string Value) : XPathExpression
{
    /// <inheritdoc />
    public override IReadOnlyList<XPathNode> Children => [];

    internal override object Mark => Value;

    /// <inheritdoc />
    public bool Equals(Literal? other) => SaysTheSame(other);

    /// <inheritdoc />
    public override int GetHashCode() => ShallowHash();
}

/// <summary>Is a number without a sign.</summary>
/// <param name="Text">The digits as written: <c>5</c>, <c>5.</c>, <c>.5</c> or <c>0.50</c>.</param>
public sealed record Number(string Text) : XPathExpression
{
    /// <summary>The number's value, as near as a double comes.</summary>
    public double Value => double.Parse(Text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);

    /// <inheritdoc />
    public override IReadOnlyList<XPathNode> Children => [];

    internal override object Mark => Text;

    /// <inheritdoc />
    public bool Equals(Number? other) => SaysTheSame(other);

    /// <inheritdoc />
    public override int GetHashCode() => ShallowHash();
}

/// <summary>Names an XPath variable: <c>$x</c>. The grammar has it; no XForms client gives it a value.</summary>
/// <param name="Name">The name after the dollar sign, with its prefix, if any.</param>
public sealed record VariableReference(string Name) : XPathExpression
{
    /// <inheritdoc />
    public override IReadOnlyList<XPathNode> Children => [];

    internal override object Mark => Name;

    /// <inheritdoc />
    public bool Equals(VariableReference? other) => SaysTheSame(other);

    /// <inheritdoc />
    public override int GetHashCode() => ShallowHash();
}

/// <summary>Names a question the XLSForm way: <c>${name}</c>, or <c>${last-saved#name}</c> for the last saved submission.</summary>
/// <param name="Name">The question's name.</param>
/// <param name="IsLastSaved">True for a reference into the last saved submission.</param>
public sealed record QuestionReference(string Name, bool IsLastSaved) : XPathExpression
{
    /// <inheritdoc />
    public override IReadOnlyList<XPathNode> Children => [];

    internal override object Mark => (Name, IsLastSaved);

    /// <inheritdoc />
    public bool Equals(QuestionReference? other) => SaysTheSame(other);

    /// <inheritdoc />
    public override int GetHashCode() => ShallowHash();
}
