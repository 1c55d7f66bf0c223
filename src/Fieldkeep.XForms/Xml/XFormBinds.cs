using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Xml;

/// <summary>Holds the binds of a form by the path of their node; of two for one node, the first.</summary>
internal sealed class XFormBinds
{
    private readonly Dictionary<string, FormNode> _byPath = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double?> _marked = new(StringComparer.Ordinal);
    private readonly List<FormCalculation> _calculations = [];
    private readonly Dictionary<string, string> _pathById = new(StringComparer.Ordinal);

    public XFormBinds(FormNode model, string rootPath) => Add(model, rootPath);

    public FormNode? Find(string path) => _byPath.GetValueOrDefault(path);

    public string? FindPath(string id) => _pathById.GetValueOrDefault(id);

    public IEnumerable<FormNode> List() => _byPath.Values;

    /// <summary>The calculations of all binds, also those of attributes and of a second bind for one node.</summary>
    public IReadOnlyList<FormCalculation> Calculations => _calculations;

    /// <summary>The paths of the nodes that some bind marks as confidential.</summary>
    public IReadOnlyCollection<string> Marked => _marked.Keys;

    public bool IsMarked(string path) => _marked.ContainsKey(path);

    public double? RadiusOf(string path) => _marked.GetValueOrDefault(path);

    private void Add(FormNode container, string context)
    {
        foreach (var bind in container.Children.Where(node => node.Name == "bind"))
        {
            if ((bind.Attribute("nodeset") ?? bind.Attribute("ref")) is not { } reference)
            {
                continue;
            }

            var path = XFormPaths.Resolve(reference, context);
            _byPath.TryAdd(path, bind);
            if (ConfidentialMarks.IsMarked(bind))
            {
                _marked.TryAdd(path, ConfidentialMarks.RadiusOf(bind));
            }

            if (bind.Attribute("calculate") is { } calculation && !string.IsNullOrWhiteSpace(calculation))
            {
                _calculations.Add(new FormCalculation(path, calculation));
            }

            if (bind.Attribute("id") is { } id)
            {
                _pathById.TryAdd(id, path);
            }

            Add(bind, path);
        }
    }
}
