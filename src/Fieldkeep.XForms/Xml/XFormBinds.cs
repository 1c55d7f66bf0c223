namespace Fieldkeep.XForms.Xml;

/// <summary>Holds the binds of a form by the path of their node; of two for one node, the first.</summary>
internal sealed class XFormBinds
{
    private readonly Dictionary<string, FormNode> _byPath = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _pathById = new(StringComparer.Ordinal);

    public XFormBinds(FormNode model, string rootPath) => Add(model, rootPath);

    public FormNode? Find(string path) => _byPath.GetValueOrDefault(path);

    public string? FindPath(string id) => _pathById.GetValueOrDefault(id);

    public IEnumerable<FormNode> List() => _byPath.Values;

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
            if (bind.Attribute("id") is { } id)
            {
                _pathById.TryAdd(id, path);
            }

            Add(bind, path);
        }
    }
}
