namespace Fieldkeep.XForms.Xml;

/// <summary>Holds one element or text of an XForm while it is read; text has an empty name.</summary>
internal sealed class FormNode(string name, string space, int line, int column)
{
    private static readonly List<FormNode> None = [];
    private List<FormNode> _children = None;
    private List<(string Name, string Space, string Value)>? _attributes;
    private List<(string Prefix, string Address)>? _declarations;

    public string Name { get; } = name;

    public string Space { get; } = space;

    public int Line { get; } = line;

    public int Column { get; } = column;

    /// <summary>Characters of a text node; empty for an element.</summary>
    public string Text { get; init; } = "";

    public IReadOnlyList<FormNode> Children => _children;

    public IReadOnlyList<(string Name, string Space, string Value)> Attributes => _attributes ?? [];

    /// <summary>The namespace prefixes declared here.</summary>
    public IReadOnlyList<(string Prefix, string Address)> Declarations => _declarations ?? [];

    public bool IsText => Name.Length == 0;

    public bool HasElements => _children.Exists(child => !child.IsText);

    public void Add(FormNode child)
    {
        if (ReferenceEquals(_children, None))
        {
            _children = [];
        }

        _children.Add(child);
    }

    public void AddAttribute(string name, string space, string value) => (_attributes ??= []).Add((name, space, value));

    public void Declare(string prefix, string address) => (_declarations ??= []).Add((prefix, address));

    /// <summary>Finds an attribute by local name whatever its namespace; null when absent.</summary>
    public string? Attribute(string local)
    {
        foreach (var (name, _, value) in Attributes)
        {
            if (name == local)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>Finds the first child element of a local name whatever its namespace; null when absent.</summary>
    public FormNode? Child(string local) => _children.Find(child => child.Name == local);

    public FormNode? FirstElement() => _children.Find(child => !child.IsText);

    /// <summary>Joins the text directly inside this element.</summary>
    public string InnerText() => _children.Count switch
    {
        0 => "",
        1 => _children[0].Text,
        _ => string.Concat(_children.Select(child => child.Text)),
    };
}
