using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Instances;

/// <summary>One node on the way to the places that an edit changes.</summary>
internal sealed class EditTarget(string name, string path, EditTarget? parent, FormElement? element)
{
    private readonly Dictionary<(string Name, int Row), EditTarget> _children = [];
    private readonly Dictionary<string, int> _seen = new(StringComparer.Ordinal);
    private List<EditTarget>? _missing;

    public string Name { get; } = name;

    public string Path { get; } = path;

    public EditTarget? Parent { get; } = parent;

    /// <summary>What the form says of it; null for a node the form does not know.</summary>
    public FormElement? Element { get; } = element;

    /// <summary>The new answer; null when only nodes below or attributes change.</summary>
    public string? Value { get; set; }

    /// <summary>New values of attributes by whole name.</summary>
    public List<KeyValuePair<string, string>> Attributes { get; } = [];

    /// <summary>Prefix of its tag with the colon, which new nodes below share; empty when it has none.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>Whether the instance has the node; known after the first pass.</summary>
    public bool IsFound { get; set; }

    /// <summary>Whether the node was written, as changed or as added.</summary>
    public bool IsWritten { get; set; }

    /// <summary>Nodes below that the instance does not have and that are not added yet, in the form's order.</summary>
    public IReadOnlyList<EditTarget> Missing
    {
        get
        {
            _missing ??= [.. _children.Values.Where(child => !child.IsFound).OrderBy(child => child.Element?.Order ?? int.MaxValue)];
            _missing.RemoveAll(child => child.IsWritten);
            return _missing;
        }
    }

    /// <summary>Whether it is the place of an answer: nothing below it changes.</summary>
    public bool IsLeaf => _children.Count == 0;

    /// <summary>Nodes below, in the order of the changes.</summary>
    public IEnumerable<EditTarget> Children => _children.Values;

    /// <summary>Forgets which rows were passed: the node begins anew.</summary>
    public void Begin() => _seen.Clear();

    /// <summary>Counts one more child of a name, and finds its target; null when nothing below it changes.</summary>
    public EditTarget? Enter(string child)
    {
        var row = _seen[child] = _seen.GetValueOrDefault(child) + 1;
        return _children.GetValueOrDefault((child, row));
    }

    /// <summary>Finds the child of a step, or makes it with what the form says of it.</summary>
    public EditTarget GetOrAdd(InstanceAnswers.Step step, XForm form)
    {
        var key = (step.Name, step.Row);
        if (_children.TryGetValue(key, out var known))
        {
            return known;
        }

        var said = Element is null ? null : form.Find($"{Element.Path}/{step.Name}");
        return _children[key] = new EditTarget(step.Name, InstanceAnswers.Below(Path, step.Name, step.Row), this, said);
    }
}
