using Fieldkeep.XForms.XlsForm;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Says what a node of the form's tree is.</summary>
internal enum NodeKind
{
    /// <summary>The root of the primary instance.</summary>
    Root,

    /// <summary>A group, also each group that a loop generates.</summary>
    Group,

    /// <summary>A repeat.</summary>
    Repeat,

    /// <summary>The container of a loop: a group in the output, but no boundary for relative paths.</summary>
    Loop,

    /// <summary>A question, shown or not.</summary>
    Question,

    /// <summary>A group the compiler adds for metadata: no control and no bind.</summary>
    Meta,

    /// <summary>The node of an entity declaration.</summary>
    Entity,
}

/// <summary>
/// Holds one node of the form's tree: what its row says merged with what its type brings. Nodes are built row by row
/// and then only read; paths are known once the tree stands.
/// </summary>
internal sealed class FormNode
{
    private string? _path;

    /// <summary>What the node is.</summary>
    public required NodeKind Kind { get; init; }

    /// <summary>The element name.</summary>
    public required string Name { get; set; }

    /// <summary>The spreadsheet row; 0 for nodes the compiler adds.</summary>
    public int Row { get; init; }

    /// <summary>The node above; null for the root.</summary>
    public FormNode? Parent { get; private set; }

    /// <summary>The nodes below in document order.</summary>
    public List<FormNode> Children { get; } = [];

    /// <summary>What a question's type compiles to; null for containers.</summary>
    public QuestionType? Type { get; init; }

    /// <summary>Text of the label.</summary>
    public LocalText? Label { get; set; }

    /// <summary>Text of the hint.</summary>
    public LocalText? Hint { get; set; }

    /// <summary>Text of the guidance hint.</summary>
    public LocalText? GuidanceHint { get; set; }

    /// <summary>Media of the label by kind.</summary>
    public List<KeyValuePair<string, LocalText>> Media { get; init; } = [];

    /// <summary>Bind attributes; an empty list means no bind for containers.</summary>
    public List<KeyValuePair<string, LocalText>> Bind { get; init; } = [];

    /// <summary>Control attributes.</summary>
    public List<KeyValuePair<string, string>> Control { get; init; } = [];

    /// <summary>Attributes of the instance node.</summary>
    public List<KeyValuePair<string, string>> Instance { get; init; } = [];

    /// <summary>The default as written; null when absent.</summary>
    public string? Default { get; set; }

    /// <summary>True when the default is an expression, set by an action.</summary>
    public bool IsDefaultDynamic { get; set; }

    /// <summary>The options of a select, the labels of a range, the features of a map; null when none.</summary>
    public Itemset? Itemset { get; set; }

    /// <summary>Tags of an osm question; null when none.</summary>
    public ChoiceList? OsmTags { get; set; }

    /// <summary>Names of the questions whose change runs this node's calculation.</summary>
    public IReadOnlyList<string> Triggers { get; init; } = [];

    /// <summary>The question that counts a repeat: a reference, put into <c>jr:count</c>.</summary>
    public string? CountReference { get; set; }

    /// <summary>The list a loop runs over; null for all other nodes.</summary>
    public string? LoopList { get; init; }

    /// <summary>The declaration behind an entity node; null for all other nodes.</summary>
    public EntityRow? Entity { get; init; }

    /// <summary>Quality of a background recording; null when unset.</summary>
    public string? RecordingQuality { get; set; }

    /// <summary>True for a group that leaves no trace in paths and instance (setting <c>flat</c>).</summary>
    public bool IsFlattened { get; init; }

    /// <summary>True for questions that have an element in the primary instance.</summary>
    public bool IsInInstance => Type?.IsExternalInstance != true;

    /// <summary>True for nodes that hold others.</summary>
    public bool IsContainer => Kind is not NodeKind.Question;

    /// <summary>The nearest repeat above this node; null when there is none.</summary>
    public FormNode? RepeatAbove { get; private set; }

    /// <summary>Number of nodes above this one.</summary>
    public int Depth { get; private set; }

    /// <summary>The absolute path, such as <c>/data/group/question</c>.</summary>
    public string Path => _path ??= Parent is null
        ? $"/{Name}"
        : IsFlattened ? Parent.Path : $"{Parent.Path}/{Name}";

    /// <summary>True when the calculation column holds something.</summary>
    public bool HasCalculation => Bind.Exists(pair => pair.Key == "calculate");

    /// <summary>True when a control is written into the body.</summary>
    public bool IsVisible =>
        Type?.Control is not null
        && ((!HasCalculation && Triggers.Count == 0) || Label is not null || Hint is not null);

    /// <summary>True when the label's text lives in itext.</summary>
    public bool HasItextLabel => Label is { IsTranslated: true } || Media.Count > 0;

    /// <summary>True when the hint's text lives in itext.</summary>
    public bool HasItextHint => Hint is { IsTranslated: true } || GuidanceHint is not null;

    /// <summary>Makes a node that stands for an attribute of another, to resolve references from there.</summary>
    public static FormNode AttributeOf(FormNode node, string name)
    {
        var attribute = new FormNode { Kind = NodeKind.Question, Name = name, Row = node.Row };
        attribute.Attach(node);
        return attribute;
    }

    /// <summary>Appends a node.</summary>
    public void Add(FormNode child) => Insert(Children.Count, child);

    /// <summary>Inserts a node before another.</summary>
    public void Insert(int index, FormNode child)
    {
        child.Attach(this);
        Children.Insert(index, child);
    }

    /// <summary>Finds a control attribute; null when absent.</summary>
    public string? ControlValue(string name)
    {
        var index = Control.FindIndex(pair => pair.Key == name);
        return index < 0 ? null : Control[index].Value;
    }

    /// <summary>Sets a control attribute.</summary>
    public void SetControl(string name, string value) => Set(Control, name, value);

    /// <summary>Finds a bind attribute; null when absent.</summary>
    public LocalText? BindText(string name)
    {
        var index = Bind.FindIndex(pair => pair.Key == name);
        return index < 0 ? null : Bind[index].Value;
    }

    /// <summary>Sets a bind attribute.</summary>
    public void SetBind(string name, string value) => Set(Bind, name, LocalText.Of(value));

    /// <summary>Lists this node and all below it in document order.</summary>
    public IEnumerable<FormNode> SelfAndDescendants()
    {
        var stack = new Stack<FormNode>();
        stack.Push(this);
        while (stack.TryPop(out var node))
        {
            yield return node;
            for (var i = node.Children.Count - 1; i >= 0; i--)
            {
                stack.Push(node.Children[i]);
            }
        }
    }

    /// <summary>Says whether a node is above this one.</summary>
    public bool IsBelow(FormNode other)
    {
        var node = Parent;
        while (node is not null && node.Depth > other.Depth)
        {
            node = node.Parent;
        }

        return ReferenceEquals(node, other);
    }

    private static void Set<T>(List<KeyValuePair<string, T>> pairs, string key, T value)
    {
        var index = pairs.FindIndex(pair => pair.Key == key);
        if (index < 0)
        {
            pairs.Add(KeyValuePair.Create(key, value));
        }
        else
        {
            pairs[index] = KeyValuePair.Create(key, value);
        }
    }

    private void Attach(FormNode parent)
    {
        Parent = parent;
        Depth = parent.Depth + 1;
        RepeatAbove = parent.Kind is NodeKind.Repeat ? parent : parent.RepeatAbove;
        foreach (var child in Children)
        {
            child.Attach(this);
        }
    }
}
