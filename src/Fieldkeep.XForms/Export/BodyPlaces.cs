using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.Export;

/// <summary>Holds where the body shows a node.</summary>
/// <param name="Element">The control, group or repeat.</param>
/// <param name="Wrapper">The group around a repeat; null when there is none.</param>
/// <param name="Order">Position in the body.</param>
/// <param name="Around">Path of the nearest group or repeat around it that has a node.</param>
/// <param name="Loose">The groups without a node between the two, outermost first.</param>
internal sealed record BodyPlace(
    FormNode Element, FormNode? Wrapper, int Order, string Around, IReadOnlyList<FormNode> Loose);

/// <summary>Finds the controls, groups and repeats of a body by the path of their node.</summary>
internal sealed class BodyPlaces
{
    private readonly SourceForm _form;
    private readonly IReadOnlyDictionary<string, string> _pathById;

    /// <summary>Walks the body.</summary>
    public BodyPlaces(SourceForm form, IReadOnlyDictionary<string, string> pathById)
    {
        _form = form;
        _pathById = pathById;
        if (form.Html.Child("body") is { } body)
        {
            Walk(body, form.RootPath, []);
        }
    }

    /// <summary>Places by path.</summary>
    public OrderedDictionary<string, BodyPlace> ByPath { get; } = new(StringComparer.Ordinal);

    /// <summary>Controls, groups and repeats with the path they stand in, for the actions inside them.</summary>
    public List<(FormNode Element, string Path)> Holders { get; } = [];

    /// <summary>Groups without a node, other than those around a repeat.</summary>
    public List<FormNode> LooseGroups { get; } = [];

    /// <summary>Finds the path an element stands for; null when it names none.</summary>
    public string? PathOf(FormNode element, string context) =>
        element.Attribute("bind") is { } id && _pathById.TryGetValue(id, out var path)
            ? path
            : (element.Attribute("ref") ?? element.Attribute("nodeset")) is { } reference
                ? XFormPaths.Resolve(reference, context)
                : null;

    private void Walk(FormNode container, string context, IReadOnlyList<FormNode> loose)
    {
        foreach (var element in container.Children.Where(child => !child.IsText))
        {
            switch (element.Name)
            {
                case "group":
                    WalkGroup(element, context, loose);
                    break;
                case "repeat":
                    AddRepeat(element, null, context, loose);
                    break;
                case "input" or "select" or "select1" or "rank" or "upload" or "trigger" or "range" or "secret" or "textarea":
                    if (PathOf(element, context) is { } path)
                    {
                        Add(path, new BodyPlace(element, null, ByPath.Count, context, loose));
                        ReportChildren(element, path);
                    }
                    else
                    {
                        _form.Lose(DiagnosticCode.ExportElementLost, element, $"A {element.Name} names no node and is left out.");
                    }

                    break;
                case "label" or "hint":
                case var _ when ReadActions.IsAction(element):
                    break;
                default:
                    _form.Lose(DiagnosticCode.ExportElementLost, element, $"The {element.Name} of {context} is left out: no column can hold it.");
                    break;
            }
        }
    }

    private void WalkGroup(FormNode group, string context, IReadOnlyList<FormNode> loose)
    {
        var inner = group.Children.Where(child => !child.IsText && child.Name is not ("label" or "hint" or "help")).ToList();
        var path = PathOf(group, context);
        ReportTwice(group, path ?? context);
        if (inner is [{ Name: "repeat" } only] && (path is null || path == PathOf(only, path)))
        {
            foreach (var help in group.Children.Where(child => child.Name == "help"))
            {
                _form.Lose(DiagnosticCode.ExportElementLost, help, $"The help of the group around {PathOf(only, context)} is left out: no column can hold it.");
            }

            AddRepeat(only, group, context, loose);
            return;
        }

        if (path is null || path == context)
        {
            LooseGroups.Add(group);
            Holders.Add((group, context));
            Walk(group, context, [.. loose, group]);
            return;
        }

        Add(path, new BodyPlace(group, null, ByPath.Count, context, loose));
        Walk(group, path, []);
    }

    private void AddRepeat(FormNode repeat, FormNode? wrapper, string context, IReadOnlyList<FormNode> loose)
    {
        if (PathOf(repeat, context) is not { } path)
        {
            _form.Lose(DiagnosticCode.ExportElementLost, repeat, "A repeat names no node; what is in it is kept without it.");
            Walk(repeat, context, loose);
            return;
        }

        ReportTwice(repeat, path);
        Add(path, new BodyPlace(repeat, wrapper, ByPath.Count, context, loose));
        Walk(repeat, path, []);
    }

    /// <summary>Tells what stands in a control and belongs to none of its columns.</summary>
    private void ReportChildren(FormNode control, string path)
    {
        ReportTwice(control, path);
        foreach (var child in control.Children.Where(child => !child.IsText && !IsKnown(control, child)))
        {
            _form.Lose(DiagnosticCode.ExportElementLost, child, $"The {child.Name} of {path} is left out: no column can hold it.");
        }

        foreach (var child in control.Child("itemset")?.Children.Where(child => !child.IsText && child.Name is not ("value" or "label")) ?? [])
        {
            _form.Lose(DiagnosticCode.ExportElementLost, child, $"The {child.Name} of the choices of {path} is left out: no column can hold it.");
        }
    }

    private static bool IsKnown(FormNode control, FormNode child) => child.Name switch
    {
        "label" or "hint" => true,
        "item" => control.Name is "select" or "select1" or "rank",
        "itemset" => control.Name is "select" or "select1" or "rank" or "input" or "range",
        "tag" => control.Name == "upload",
        _ => ReadActions.IsAction(child),
    };

    private void ReportTwice(FormNode element, string path)
    {
        foreach (var same in element.Children.Where(child => child.Name is "label" or "hint").GroupBy(child => child.Name, StringComparer.Ordinal))
        {
            foreach (var more in same.Skip(1))
            {
                _form.Lose(DiagnosticCode.ExportElementLost, more, $"A second {more.Name} of {path} is left out.");
            }
        }
    }

    private void Add(string path, BodyPlace place)
    {
        Holders.Add((place.Element, path));
        if (!ByPath.TryAdd(path, place))
        {
            _form.Lose(
                DiagnosticCode.ExportElementLost, place.Element, $"{path} is shown twice; the second {place.Element.Name} is left out.");
        }
    }
}
