using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.Export;

/// <summary>
/// Lists what only the model of a form says and no question shows: the actions, and the calculations of attributes, each by
/// the place it belongs to.
/// </summary>
internal static class CompareActions
{
    /// <summary>Lists actions and calculated attributes of a form; several for one place are joined.</summary>
    public static OrderedDictionary<(string Path, string What), string> In(FormNode html)
    {
        var (model, primary, root, _) = XFormReader.PartsOf(html);
        var form = new SourceForm(html, model, primary, root, new DiagnosticList());
        var tree = BuildDrafts.Run(form);
        return In(form, tree);
    }

    /// <summary>Lists actions and calculated attributes of a form whose nodes are known.</summary>
    public static OrderedDictionary<(string Path, string What), string> In(SourceForm form, DraftTree tree)
    {
        var found = new OrderedDictionary<(string Path, string What), string>();
        foreach (var (action, _, context) in ReadActions.List(form, tree))
        {
            var path = ReadActions.PathOf(action, context);
            foreach (var name in ReadActions.EventsOf(action))
            {
                // Where the event of a model is written makes no difference; whose change counts does.
                var of = name == ReadActions.Changed ? $" of {context}" : "";
                found.TryAdd((path, $"{action.Name} at {name}{of}"), ReadActions.ValueOf(action) ?? "");
            }
        }

        foreach (var (path, bind) in tree.Binds)
        {
            if (path.Contains("/@", StringComparison.Ordinal) && bind.Attribute("calculate") is { } expression)
            {
                found.TryAdd((path, "calculate"), expression);
            }
        }

        return found;
    }
}
