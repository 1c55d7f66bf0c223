using Fieldkeep.XForms.Compilation;
using XmlNode = Fieldkeep.XForms.Xml.FormNode;

namespace Fieldkeep.XForms.Export;

/// <summary>Holds one node of the primary instance with all that the form says about it.</summary>
internal sealed class NodeDraft(NodeKind kind, string name, string path, bool isFlattened = false)
{
    /// <summary>What the node becomes.</summary>
    public NodeKind Kind { get; } = kind;

    /// <summary>The name, with a prefix where it has one.</summary>
    public string Name { get; } = name;

    /// <summary>The path by local names.</summary>
    public string Path { get; } = path;

    /// <summary>The node above; null for the root.</summary>
    public NodeDraft? Parent { get; set; }

    /// <summary>The nodes below, in the order of their rows.</summary>
    public List<NodeDraft> Children { get; } = [];

    /// <summary>Its elements: one, or the template and the repetitions of a repeat.</summary>
    public List<XmlNode> Elements { get; init; } = [];

    /// <summary>Its bind; null when it has none.</summary>
    public XmlNode? Bind { get; set; }

    /// <summary>Its control, group or repeat in the body; null when it is not shown.</summary>
    public XmlNode? Control { get; set; }

    /// <summary>The group around a repeat; null when there is none.</summary>
    public XmlNode? Wrapper { get; set; }

    /// <summary>Expression that sets it when a form or a repetition begins; null when none does.</summary>
    public string? FirstValue { get; set; }

    /// <summary>Questions whose change sets it, with the expression.</summary>
    public List<(NodeDraft Source, string? Value)> Triggers { get; } = [];

    /// <summary>True when its position is taken as the form is opened.</summary>
    public bool IsStartPoint { get; set; }

    /// <summary>True when its position is taken as another question changes.</summary>
    public bool IsBackgroundPoint { get; set; }

    /// <summary>The action that records sound into it; null when none does.</summary>
    public XmlNode? Recording { get; set; }

    /// <summary>True for a group that is only in the body (setting <c>flat</c>).</summary>
    public bool IsFlattened { get; } = isFlattened;

    /// <summary>The same node as the compiler would build it, to ask what references become.</summary>
    public FormNode Twin { get; } = new()
    {
        Kind = kind,
        Name = name,
        IsFlattened = isFlattened,
    };

    /// <summary>Appends a node.</summary>
    public void Add(NodeDraft child)
    {
        child.Parent = this;
        Children.Add(child);
    }

    /// <summary>Lists this node and all below it in document order.</summary>
    public IEnumerable<NodeDraft> SelfAndDescendants()
    {
        yield return this;
        foreach (var below in Children.SelectMany(child => child.SelfAndDescendants()))
        {
            yield return below;
        }
    }

    /// <summary>Finds an attribute of the bind; null when absent.</summary>
    public string? BindValue(string local) => Bind?.Attribute(local);
}
