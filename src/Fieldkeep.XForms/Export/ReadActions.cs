using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Xml;
using XmlNode = Fieldkeep.XForms.Xml.FormNode;

namespace Fieldkeep.XForms.Export;

/// <summary>Reads the actions of a form: values and positions that are set when it opens or when an answer changes.</summary>
internal sealed class ReadActions(SourceForm form, DraftTree tree)
{
    private const string FirstLoad = "odk-instance-first-load";
    private const string Load = "odk-instance-load";
    private const string NewRepeat = "odk-new-repeat";
    private const string Changed = "xforms-value-changed";

    private readonly List<(NodeDraft Node, string Value, XmlNode Action)> _repeated = [];

    /// <summary>Files every action with the node it sets.</summary>
    public void Run()
    {
        foreach (var action in form.Model.Children.Where(IsAction))
        {
            Read(action, null, form.RootPath);
        }

        foreach (var (holder, path) in tree.Body.Holders)
        {
            foreach (var action in holder.Children.Where(IsAction))
            {
                Read(action, tree.ByPath.GetValueOrDefault(path), path);
            }
        }

        foreach (var (node, value, action) in _repeated)
        {
            if (node.FirstValue is null || !ExpressionText.IsSame(node.FirstValue, value))
            {
                form.Lose(
                    DiagnosticCode.ExportActionLost,
                    action,
                    $"{node.Path} is set in new repetitions only, or otherwise than in the first. A workbook sets all of them alike.");
                node.FirstValue ??= value;
            }
        }
    }

    private static bool IsAction(XmlNode node) => node.Name is "setvalue" or "setgeopoint" or "recordaudio" or "action";

    private void Read(XmlNode action, NodeDraft? holder, string context)
    {
        var path = XFormPaths.Resolve(action.Attribute("ref") ?? action.Attribute("bind") ?? "", context);
        var events = (action.Attribute("event") ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (path.EndsWith("/entity/@id", StringComparison.Ordinal))
        {
            // The id of a new entity: the compiler sets it again.
            return;
        }

        if (!tree.ByPath.TryGetValue(path, out var node) || events.Length == 0 || !events.All(name => TryRead(action, name, node, holder)))
        {
            form.Lose(
                DiagnosticCode.ExportActionLost, action, $"The action {action.Name} on {path} at {string.Join(' ', events)} is left out.");
        }
    }

    private bool TryRead(XmlNode action, string name, NodeDraft node, NodeDraft? holder)
    {
        switch (action.Name, name)
        {
            case ("setvalue", FirstLoad) when node.FirstValue is null && (holder is null || holder.Kind == NodeKind.Repeat):
                node.FirstValue = ValueOf(action) ?? "''";
                return true;
            case ("setvalue", NewRepeat):
                _repeated.Add((node, ValueOf(action) ?? "''", action));
                return true;
            case ("setvalue", Changed) when holder is { Kind: NodeKind.Question }:
                node.Triggers.Add((holder, ValueOf(action)));
                return true;
            case ("setgeopoint", FirstLoad) when holder is null:
                node.IsStartPoint = true;
                return true;
            case ("setgeopoint", Changed) when holder is { Kind: NodeKind.Question }:
                node.IsBackgroundPoint = true;
                node.Triggers.Add((holder, null));
                return true;
            case ("recordaudio", Load) when holder is null:
                node.Recording = action;
                return true;
            default:
                return false;
        }
    }

    private static string? ValueOf(XmlNode action) =>
        action.Attribute("value") ?? (action.InnerText() is { Length: > 0 } text ? Quoted(text) : null);

    /// <summary>Writes a text as an XPath literal.</summary>
    public static string Quoted(string text) =>
        text.Contains('\'', StringComparison.Ordinal) ? $"\"{text.Replace('"', '\'')}\"" : $"'{text}'";
}
