using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Xml;
using XmlNode = Fieldkeep.XForms.Xml.FormNode;

namespace Fieldkeep.XForms.Export;

/// <summary>Builds the tree of a form's nodes from its primary instance, its binds and its body.</summary>
internal sealed class BuildDrafts
{
    private readonly SourceForm _form;
    private readonly Dictionary<string, XmlNode> _binds = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _pathById = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NodeDraft> _byPath = new(StringComparer.Ordinal);
    private readonly HashSet<string> _repeats;
    private readonly bool _isFlat;
    private int _looseGroups;

    private BuildDrafts(SourceForm form)
    {
        _form = form;
        ReadBinds(form.Model, form.RootPath);
        Body = new BodyPlaces(form, _pathById);
        _repeats = [.. Body.ByPath.Values.Where(place => place.Element.Name == "repeat").Select(place => LastStep(place.Element)).OfType<string>()];
        _isFlat = Body.LooseGroups.Count > 0 && !HasGroup(form.Root);
    }

    /// <summary>Where the body shows what.</summary>
    public BodyPlaces Body { get; }

    /// <summary>Builds the tree.</summary>
    public static DraftTree Run(SourceForm form)
    {
        var build = new BuildDrafts(form);
        var root = build.Build([form.Root], form.Root.Name, form.RootPath, NodeKind.Root);
        build.ReportLeftovers();
        Join(root);
        return new DraftTree(root, build._byPath, build._binds, build.Body, build._isFlat);
    }

    private static void Join(NodeDraft node)
    {
        foreach (var child in node.Children)
        {
            node.Twin.Add(child.Twin);
            Join(child);
        }
    }

    private void ReadBinds(XmlNode container, string context)
    {
        foreach (var bind in container.Children.Where(node => node.Name == "bind"))
        {
            if ((bind.Attribute("nodeset") ?? bind.Attribute("ref")) is not { } reference)
            {
                continue;
            }

            var path = XFormPaths.Resolve(reference, context);
            if (!_binds.TryAdd(path, bind))
            {
                _form.Lose(DiagnosticCode.ExportElementLost, bind, $"{path} has a second bind, which is left out.");
            }

            if (bind.Attribute("id") is { } id)
            {
                _pathById.TryAdd(id, path);
            }

            ReadBinds(bind, path);
        }
    }

    private bool HasGroup(XmlNode node) => node.Children.Any(child =>
        !child.IsText && child.Name != "meta" && child.HasElements
        && (!_repeats.Contains(child.Name) || HasGroup(child)));

    private static string? LastStep(XmlNode repeat) =>
        repeat.Attribute("nodeset")?.TrimEnd() is { } path && path.LastIndexOf('/') is >= 0 and var slash ? path[(slash + 1)..] : null;

    private NodeDraft Build(List<XmlNode> elements, string name, string path, NodeKind kind)
    {
        var place = Body.ByPath.GetValueOrDefault(path);
        var node = new NodeDraft(kind, name, path)
        {
            Elements = elements,
            Bind = _binds.GetValueOrDefault(path),
            Control = place?.Element,
            Wrapper = place?.Wrapper,
        };
        _byPath.TryAdd(path, node);
        if (kind == NodeKind.Question)
        {
            return node;
        }

        var byName = new OrderedDictionary<string, List<XmlNode>>(StringComparer.Ordinal);
        foreach (var child in elements.SelectMany(element => element.Children).Where(child => !child.IsText))
        {
            var childName = _form.NameOf(child);
            if (!byName.TryGetValue(childName, out var same))
            {
                byName.Add(childName, same = []);
            }

            same.Add(child);
        }

        var children = new List<NodeDraft>();
        foreach (var (childName, same) in byName)
        {
            var childPath = $"{path}/{same[0].Name}";
            children.Add(Build(same, KindOf(kind, childPath, same) == NodeKind.Meta ? "meta" : childName, childPath, KindOf(kind, childPath, same)));
        }

        Arrange(node, children);
        CheckCopies(node);
        return node;
    }

    private NodeKind KindOf(NodeKind parent, string path, List<XmlNode> elements)
    {
        var element = elements[0];
        if (parent == NodeKind.Meta)
        {
            return element.Name == "entity" ? NodeKind.Entity : NodeKind.Question;
        }

        if (parent == NodeKind.Entity)
        {
            return NodeKind.Question;
        }

        if (element.Name == "meta" && (parent == NodeKind.Root || element.Child("entity") is not null))
        {
            return NodeKind.Meta;
        }

        return Body.ByPath.GetValueOrDefault(path)?.Element.Name switch
        {
            "repeat" => NodeKind.Repeat,
            _ when elements.Exists(one => one.Attribute("template") is not null) => NodeKind.Repeat,
            "group" => NodeKind.Group,
            _ when elements.Exists(one => one.HasElements) => NodeKind.Group,
            _ => NodeKind.Question,
        };
    }

    /// <summary>Puts nodes into the order of their rows: that of the instance, unless the body shows them in another.</summary>
    private void Arrange(NodeDraft node, List<NodeDraft> children)
    {
        var shown = children.Select(child => Body.ByPath.GetValueOrDefault(child.Path)?.Order).OfType<int>().ToList();
        if (!shown.SequenceEqual(shown.Order()))
        {
            _form.Lose(
                DiagnosticCode.ExportPlaceChanged,
                node.Elements[0],
                $"The form asks the questions of {node.Path} in another order than it stores them. The workbook has the order " +
                "in which they are asked.");
            var ranks = new Dictionary<NodeDraft, int>();
            var rank = -1;
            foreach (var child in children)
            {
                // What is not shown stays behind what it follows in the instance.
                rank = Body.ByPath.GetValueOrDefault(child.Path)?.Order ?? rank;
                ranks[child] = rank;
            }

            children = [.. children.OrderBy(child => ranks[child])];
        }

        // The form's own metadata is not made from rows; it comes last.
        foreach (var child in children.OrderBy(child => child.Kind == NodeKind.Meta))
        {
            var holder = _isFlat ? Holder(node, child) : node;
            holder.Add(child);
        }
    }

    /// <summary>Finds or adds the group without a node that a question stands in, in a form whose groups have none.</summary>
    private NodeDraft Holder(NodeDraft node, NodeDraft child)
    {
        var holder = node;
        if (!Body.ByPath.ContainsKey(child.Path) && child.Kind == NodeKind.Question)
        {
            // What is not shown must not cut a group in two.
            while (holder.Children.LastOrDefault() is { IsFlattened: true } last)
            {
                holder = last;
            }

            return holder;
        }

        foreach (var loose in Body.ByPath.GetValueOrDefault(child.Path)?.Loose ?? [])
        {
            if (holder.Children.LastOrDefault() is { IsFlattened: true } last && last.Control == loose)
            {
                holder = last;
                continue;
            }

            var group = new NodeDraft(NodeKind.Group, $"group_{++_looseGroups}", node.Path, isFlattened: true) { Control = loose };
            holder.Add(group);
            holder = group;
        }

        return holder;
    }

    private void CheckCopies(NodeDraft node)
    {
        // Inside a repeat its template and its repetitions hold the same nodes again.
        foreach (var child in node.Elements.Count == 1 ? node.Children.Where(child => child.Kind == NodeKind.Repeat) : [])
        {
            var started = child.Elements.Count(element => element.Attribute("template") is null);
            if (started != 1)
            {
                _form.Lose(
                    DiagnosticCode.ExportPlaceChanged,
                    child.Elements[0],
                    $"The repeat {child.Path} begins with {started} repetitions; made from a workbook it begins with one.");
            }
        }

        if (node.Kind is NodeKind.Root or NodeKind.Group
            && node.Children.Find(child => child.Kind != NodeKind.Repeat && child.Elements.Count > node.Elements.Count) is { } twice)
        {
            _form.Lose(
                DiagnosticCode.ExportElementLost, twice.Elements[1], $"{twice.Path} stands twice in the instance; it becomes one row.");
        }
    }

    private void ReportLeftovers()
    {
        foreach (var (path, place) in Body.ByPath)
        {
            if (!_byPath.TryGetValue(path, out var node))
            {
                _form.Lose(
                    DiagnosticCode.ExportElementLost, place.Element, $"The {place.Element.Name} for {path} is left out: there is no such node.");
            }
            else if (node.Parent is { } parent && OutOf(parent).Path != place.Around)
            {
                _form.Lose(
                    DiagnosticCode.ExportPlaceChanged,
                    place.Element,
                    $"{path} is shown inside {place.Around} but stored inside {parent.Path}. The workbook shows it where it is stored.");
            }
        }

        foreach (var (path, bind) in _binds)
        {
            if (!_byPath.ContainsKey(path) && !IsOfEntity(path))
            {
                _form.Lose(
                    DiagnosticCode.ExportElementLost,
                    bind,
                    path.Contains("/@", StringComparison.Ordinal)
                        ? $"The bind for the attribute {path} is left out: no sheet can hold it."
                        : $"The bind for {path} is left out: there is no such node.");
            }
        }

        if (_isFlat)
        {
            return;
        }

        foreach (var group in Body.LooseGroups)
        {
            _form.Lose(
                DiagnosticCode.ExportElementLost,
                group,
                "A group of the body has no node. A workbook has no such group beside groups with one; its questions are kept.");
        }
    }

    /// <summary>Says whether a path is an attribute of an entity that the entities sheet makes.</summary>
    private bool IsOfEntity(string path) =>
        path.LastIndexOf("/@", StringComparison.Ordinal) is > 0 and var at
        && _byPath.GetValueOrDefault(path[..at]) is { Kind: NodeKind.Entity }
        && path[(at + 2)..] is "id" or "create" or "update" or "baseVersion" or "trunkVersion" or "branchId";

    private static NodeDraft OutOf(NodeDraft node) => node is { IsFlattened: true, Parent: { } parent } ? OutOf(parent) : node;
}
