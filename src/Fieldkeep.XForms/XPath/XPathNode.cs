namespace Fieldkeep.XForms.XPath;

/// <summary>
/// Is one part of a parsed XPath expression with its place in the text: <c>text[Start..End]</c>. Two nodes are equal
/// when they say the same, wherever they stand. Trees can be as deep as a cell is long (<c>a + a + a …</c>), so equality,
/// walking and printing do not call themselves along such chains.
/// </summary>
public abstract record XPathNode
{
    /// <summary>Index of the first character; an opening parenthesis around the part belongs to it.</summary>
    public required int Start { get; init; }

    /// <summary>Index after the last character; a closing parenthesis around the part belongs to it.</summary>
    public required int End { get; init; }

    /// <summary>The parts below in the order they are written; empty for a leaf.</summary>
    public abstract IReadOnlyList<XPathNode> Children { get; }

    /// <summary>What the node says besides its children: an operator, a name, a value; null when nothing.</summary>
    internal abstract object? Mark { get; }

    /// <summary>Lists this node and everything below it, each node before its children.</summary>
    public IEnumerable<XPathNode> DescendantsAndSelf()
    {
        var waiting = new Stack<XPathNode>();
        waiting.Push(this);
        while (waiting.TryPop(out var node))
        {
            yield return node;
            var children = node.Children;
            for (var i = children.Count - 1; i >= 0; i--)
            {
                waiting.Push(children[i]);
            }
        }
    }

    /// <summary>Says whether another node says the same; places do not count.</summary>
    public virtual bool Equals(XPathNode? other) => SaysTheSame(other);

    /// <inheritdoc />
    public override int GetHashCode() => ShallowHash();

    /// <summary>Writes the expression; see <see cref="XPathPrinter"/>.</summary>
    public sealed override string ToString() => XPathPrinter.Print(this);

    private protected bool SaysTheSame(XPathNode? other)
    {
        if (other is null || ReferenceEquals(this, other))
        {
            return other is not null;
        }

        var waiting = new Stack<(XPathNode Left, XPathNode Right)>();
        waiting.Push((this, other));
        while (waiting.TryPop(out var pair))
        {
            var (left, right) = (pair.Left.Children, pair.Right.Children);
            if (pair.Left.GetType() != pair.Right.GetType()
                || left.Count != right.Count
                || !Equals(pair.Left.Mark, pair.Right.Mark))
            {
                return false;
            }

            for (var i = 0; i < left.Count; i++)
            {
                waiting.Push((left[i], right[i]));
            }
        }

        return true;
    }

    private protected int ShallowHash() => HashCode.Combine(GetType(), Mark, Children.Count);
}
