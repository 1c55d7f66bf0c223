using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XlsForm;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.Compilation;

/// <summary>
/// Leaves out the attributes an author names freely (<c>bind::x</c>, <c>body::x</c>, <c>instance::x</c>) that XML or the
/// compiler itself does not allow, and warns once per name.
/// </summary>
internal sealed class CheckAttributes(TreeContext context, IReadOnlySet<string> prefixes)
{
    private static readonly HashSet<string> Reserved =
        new(StringComparer.Ordinal) { "ref", "nodeset", "mediatype", "jr:template", "xmlns" };

    private readonly HashSet<string> _warned = new(StringComparer.Ordinal);

    /// <summary>Checks all attributes of a node.</summary>
    public void Run(FormNode node)
    {
        node.Bind.RemoveAll(pair => !IsAllowed(node, "bind", pair.Key));
        node.Control.RemoveAll(pair => !IsAllowed(node, "control", pair.Key));
        node.Instance.RemoveAll(pair => !IsAllowed(node, "instance", pair.Key));
    }

    /// <summary>Checks the attributes that the settings put on the root.</summary>
    public void Run(FormSettings settings)
    {
        settings.RootAttributes.RemoveAll(pair => !IsAllowed(null, "attribute", pair.Key));
        settings.InstanceAttributes.RemoveAll(pair => !IsAllowed(null, "instance", pair.Key));
    }

    private bool IsAllowed(FormNode? node, string column, string name)
    {
        var colon = name.IndexOf(':', StringComparison.Ordinal);
        if (XmlNames.IsName(name)
            && (colon < 0 || prefixes.Contains(name[..colon]))
            && !(Reserved.Contains(name) && column != "attribute"))
        {
            return true;
        }

        if (_warned.Add($"{column}::{name}"))
        {
            var advice = Reserved.Contains(name)
                ? "The compiler sets it itself."
                : colon > 0
                    ? $"Declare the prefix in the setting namespaces, such as {name[..colon]}=\"http://…\"."
                    : "Start it with a letter or _ and use only letters, digits, _, - and . after that.";
            var cell = node is null
                ? new SourceCell("settings", 1, $"{column}::{name}")
                : context.Document.Survey.At(node.Row, $"{column}::{name}");
            context.Diagnostics.Warning(
                DiagnosticCode.AttributeDropped, $"The attribute “{name}” is left out. {advice}", cell);
        }

        return false;
    }
}
