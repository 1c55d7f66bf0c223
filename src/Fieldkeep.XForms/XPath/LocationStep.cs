namespace Fieldkeep.XForms.XPath;

/// <summary>
/// Goes from one node to others. The short forms are kept as what they stand for: <c>..</c> is
/// <c>parent::node()</c>, <c>.</c> is <c>self::node()</c>, <c>@a</c> is <c>attribute::a</c>, and <c>//</c> is a step
/// <c>descendant-or-self::node()</c> of its own.
/// </summary>
/// <param name="Axis">The direction.</param>
/// <param name="Test">Which nodes in that direction.</param>
/// <param name="Predicates">Conditions on those nodes; may be empty.</param>
public sealed record LocationStep(XPathAxis Axis, NodeTest Test, IReadOnlyList<Predicate> Predicates) : XPathNode
{
    /// <inheritdoc />
    public override IReadOnlyList<XPathNode> Children => [Test, .. Predicates];

    internal override object Mark => Axis;

    /// <summary>True for a step over any node without a condition, which <c>.</c>, <c>..</c> and <c>//</c> abbreviate.</summary>
    internal bool IsPlain => Predicates.Count == 0 && Test is NodeTypeTest { Type: "node" };

    /// <inheritdoc />
    public bool Equals(LocationStep? other) => SaysTheSame(other);

    /// <inheritdoc />
    public override int GetHashCode() => ShallowHash();
}

/// <summary>Is a condition in brackets.</summary>
/// <param name="Condition">The expression between the brackets.</param>
public sealed record Predicate(XPathExpression Condition) : XPathNode
{
    /// <inheritdoc />
    public override IReadOnlyList<XPathNode> Children => [Condition];

    internal override object? Mark => null;

    /// <inheritdoc />
    public bool Equals(Predicate? other) => SaysTheSame(other);

    /// <inheritdoc />
    public override int GetHashCode() => ShallowHash();
}

/// <summary>Says which nodes a step keeps: by name or by type.</summary>
public abstract record NodeTest : XPathNode
{
    /// <inheritdoc />
    public override IReadOnlyList<XPathNode> Children => [];
}

/// <summary>Keeps elements or attributes of a name.</summary>
/// <param name="Name">The name with its prefix, if any; <c>*</c> for any, <c>p:*</c> for any of a prefix.</param>
public sealed record NameTest(string Name) : NodeTest
{
    internal override object Mark => Name;

    /// <inheritdoc />
    public bool Equals(NameTest? other) => SaysTheSame(other);

    /// <inheritdoc />
    public override int GetHashCode() => ShallowHash();
}

/// <summary>Keeps nodes of a type.</summary>
/// <param name="Type"><c>node</c>, <c>text</c>, <c>comment</c> or <c>processing-instruction</c>.</param>
/// <param name="Target">The name of a processing instruction; null when none is given.</param>
public sealed record NodeTypeTest(string Type, string? Target = null) : NodeTest
{
    internal override object Mark => (Type, Target);

    /// <inheritdoc />
    public bool Equals(NodeTypeTest? other) => SaysTheSame(other);

    /// <inheritdoc />
    public override int GetHashCode() => ShallowHash();
}
