using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Xml;

/// <summary>Reads the actions of a form, in its model and inside its controls.</summary>
internal static class XFormActions
{
    /// <summary>Lists the actions in document order.</summary>
    public static IReadOnlyList<FormAction> Find(FormNode html, FormNode model, string rootPath, XFormBinds binds)
    {
        var found = new List<FormAction>();
        Add(model, null, rootPath, binds, found);
        if (html.Child("body") is { } body)
        {
            Walk(body, null, rootPath, binds, found);
        }

        return found;
    }

    private static void Walk(FormNode container, string? around, string context, XFormBinds binds, List<FormAction> found)
    {
        Add(container, around, context, binds, found);
        foreach (var node in container.Children.Where(node => !node.IsText && !IsAction(node)))
        {
            var reference = node.Name is "label" or "hint" or "item" or "itemset" ? null : ReferenceOf(node, context, binds);
            Walk(node, reference ?? around, reference ?? context, binds, found);
        }
    }

    private static void Add(FormNode container, string? trigger, string context, XFormBinds binds, List<FormAction> found)
    {
        foreach (var node in container.Children.SelectMany(child => child.Name == "action" ? child.Children : [child]).Where(IsAction))
        {
            if (ReferenceOf(node, context, binds) is { } target)
            {
                // A value in the element's text is a literal: it reads nothing.
                found.Add(new FormAction(target, trigger, node.Attribute("value")) { IsRecording = node.Name == "recordaudio" });
            }
        }
    }

    private static bool IsAction(FormNode node) => node.Name is "setvalue" or "setgeopoint" or "recordaudio";

    private static string? ReferenceOf(FormNode node, string context, XFormBinds binds)
    {
        if (node.Attribute("bind") is { } id && binds.FindPath(id) is { } bound)
        {
            return bound;
        }

        var reference = node.Attribute("ref") ?? node.Attribute("nodeset");
        return string.IsNullOrWhiteSpace(reference) ? null : XFormPaths.Resolve(reference, context);
    }
}
