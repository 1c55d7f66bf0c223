using Fieldkeep.XForms.Compilation;

namespace Fieldkeep.XForms.Export;

/// <summary>Holds the place an expression belongs to: a node, or an attribute of one.</summary>
/// <param name="Path">The path that relative steps start from.</param>
/// <param name="Twin">The same place as the compiler knows it.</param>
internal sealed record ExpressionPlace(string Path, FormNode Twin)
{
    /// <summary>Makes the place of a node.</summary>
    public static ExpressionPlace Of(NodeDraft node) => new(node.Path, node.Twin);

    /// <summary>Makes the place of an attribute.</summary>
    public static ExpressionPlace Of(NodeDraft node, string attribute) =>
        new($"{node.Path}/@{attribute}", FormNode.AttributeOf(node.Twin, attribute));
}
