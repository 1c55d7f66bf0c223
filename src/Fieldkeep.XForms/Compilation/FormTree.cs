using Fieldkeep.XForms.XlsForm;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Remembers a cell of the <c>save_to</c> column.</summary>
internal sealed record SaveTo(SurveyRow Row, string Text, FormNode? Node, FormNode Container, bool IsOnContainer);

/// <summary>Holds the form's tree with what later steps look up in it.</summary>
internal sealed class FormTree(FormNode root)
{
    private readonly Dictionary<string, List<FormNode>> _byName = new(StringComparer.Ordinal);

    /// <summary>The root of the primary instance.</summary>
    public FormNode Root { get; } = root;

    /// <summary>The group for metadata; attached to the root when it holds anything.</summary>
    public FormNode Meta { get; } = new() { Kind = NodeKind.Meta, Name = "meta" };

    /// <summary>How often each name stands in the survey's name column.</summary>
    public Dictionary<string, int> NameCounts { get; } = new(StringComparer.Ordinal);

    /// <summary>The node made from the first row with a name, before loops are expanded.</summary>
    public Dictionary<string, FormNode> FirstByName { get; } = new(StringComparer.Ordinal);

    /// <summary>The cells of the <c>save_to</c> column in row order.</summary>
    public List<SaveTo> SaveTos { get; } = [];

    /// <summary>Row of the first select with or_other; 0 when there is none.</summary>
    public int OrOtherRow { get; set; }

    /// <summary>Finds the nodes a reference can mean; empty when there is none.</summary>
    public IReadOnlyList<FormNode> Find(string name) => _byName.GetValueOrDefault(name) ?? [];

    /// <summary>Makes names known once all nodes are in place.</summary>
    public void Index()
    {
        _byName.Clear();
        foreach (var node in Root.SelfAndDescendants())
        {
            if (node.Kind is NodeKind.Root or NodeKind.Meta or NodeKind.Entity || node.Parent?.Kind is NodeKind.Entity)
            {
                continue;
            }

            if (!_byName.TryGetValue(node.Name, out var nodes))
            {
                _byName.Add(node.Name, nodes = []);
            }

            nodes.Add(node);
        }

        // The form itself can be named where no question has its name.
        _byName.TryAdd(Root.Name, [Root]);
    }
}
