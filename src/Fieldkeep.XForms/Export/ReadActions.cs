using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Xml;
using Fieldkeep.XForms.XPath;
using XmlNode = Fieldkeep.XForms.Xml.FormNode;

namespace Fieldkeep.XForms.Export;

/// <summary>Reads the actions of a form: values and positions that are set when it opens or when an answer changes.</summary>
internal sealed class ReadActions(SourceForm form, DraftTree tree)
{
    /// <summary>The event of an answer that changes.</summary>
    public const string Changed = "xforms-value-changed";

    private const string FirstLoad = "odk-instance-first-load";
    private const string Load = "odk-instance-load";
    private const string NewRepeat = "odk-new-repeat";
    private const string IdSuffix = "/@id";

    private readonly List<(NodeDraft Node, string Value, XmlNode Action)> _repeated = [];

    /// <summary>Files every action with the node it sets.</summary>
    public void Run()
    {
        foreach (var (action, holder, context) in List(form, tree))
        {
            Read(action, holder, context);
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

    /// <summary>Lists the actions of a form with the control, group or repeat they stand in and its path.</summary>
    public static IEnumerable<(XmlNode Action, NodeDraft? Holder, string Context)> List(SourceForm form, DraftTree tree) =>
        form.Model.Children.Where(IsAction).Select(action => (action, (NodeDraft?)null, form.RootPath))
            .Concat(tree.Body.Holders.SelectMany(one =>
                one.Element.Children.Where(IsAction).Select(action => (action, tree.ByPath.GetValueOrDefault(one.Path), one.Path))));

    /// <summary>Says whether an element sets something.</summary>
    public static bool IsAction(XmlNode node) => node.Name is "setvalue" or "setgeopoint" or "recordaudio" or "action";

    /// <summary>Finds the path of the node an action sets.</summary>
    public static string PathOf(XmlNode action, string context) =>
        XFormPaths.Resolve(action.Attribute("ref") ?? action.Attribute("bind") ?? "", context);

    /// <summary>Lists the events of an action.</summary>
    public static string[] EventsOf(XmlNode action) =>
        (action.Attribute("event") ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private void Read(XmlNode action, NodeDraft? holder, string context)
    {
        var path = PathOf(action, context);
        var events = EventsOf(action);
        if (IsNewId(action, path, events))
        {
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

    /// <summary>Says whether an action gives a new entity its id as the compiler does, which sets it again.</summary>
    private bool IsNewId(XmlNode action, string path, string[] events) =>
        action.Name == "setvalue" && path.EndsWith(IdSuffix, StringComparison.Ordinal)
        && tree.ByPath.GetValueOrDefault(path[..^IdSuffix.Length]) is { Kind: NodeKind.Entity } entity
        && entity.Elements[0].Attribute("update") is null
        && ExpressionText.IsSame(ValueOf(action) ?? "", "uuid()")
        && events.Length > 0 && events.All(name => name is FirstLoad or NewRepeat);

    /// <summary>Gives the expression an action sets; null when it sets nothing.</summary>
    public static string? ValueOf(XmlNode action) =>
        action.Attribute("value") ?? (action.InnerText() is { Length: > 0 } text ? Quoted(text) : null);

    /// <summary>Writes a text as an expression that gives it: a literal, or one that joins literals where it holds both quotes.</summary>
    public static string Quoted(string text) => XPathPrinter.Print(new Literal(text) { Start = 0, End = 0 });
}
