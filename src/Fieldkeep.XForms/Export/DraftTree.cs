using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.Export;

/// <summary>Holds the nodes of a form with what is looked up about them.</summary>
/// <param name="Root">The root of the primary instance.</param>
/// <param name="ByPath">Nodes by path of local names.</param>
/// <param name="Binds">Binds by path; those of attributes end in <c>/@name</c>.</param>
/// <param name="Body">Where the body shows what.</param>
/// <param name="IsFlat">True when groups are only in the body.</param>
internal sealed record DraftTree(
    NodeDraft Root,
    IReadOnlyDictionary<string, NodeDraft> ByPath,
    IReadOnlyDictionary<string, FormNode> Binds,
    BodyPlaces Body,
    bool IsFlat)
{
    /// <summary>The group for metadata; null when there is none.</summary>
    public NodeDraft? Meta => Root.Children.Find(child => child.Kind == Compilation.NodeKind.Meta);

    /// <summary>Finds the bind of an attribute of a node; null when there is none.</summary>
    public FormNode? AttributeBind(NodeDraft node, string attribute) => Binds.GetValueOrDefault($"{node.Path}/@{attribute}");
}
