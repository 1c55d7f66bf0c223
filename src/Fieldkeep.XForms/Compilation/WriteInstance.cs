using Fieldkeep.XForms.XlsForm;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Writes the primary instance, repeats with their template.</summary>
internal sealed class WriteInstance(XFormWriter writer, ResolveReferences references, FormSettings settings)
{
    /// <summary>Writes the instance element.</summary>
    public void Write(FormNode root)
    {
        writer.Start("instance").Start(root.Name);
        foreach (var (name, value) in settings.InstanceAttributes.Concat(settings.RootAttributes))
        {
            if (name is not ("id" or "version" or "xmlns"))
            {
                writer.Attribute(name, value);
            }
        }

        writer.Attribute("id", settings.FormId)
            .Attribute("xmlns", FormNamespaces.IsUsableAddress(settings["instance_xmlns"]) ? settings["instance_xmlns"] : null)
            .Attribute("version", settings["version"])
            .Attribute("odk:prefix", settings["prefix"])
            .Attribute("odk:delimiter", settings["delimiter"]);
        WriteChildren(root, isInRepeat: false);
        writer.End().End();
    }

    private void WriteNode(FormNode node, bool isInRepeat)
    {
        if (node.IsFlattened)
        {
            WriteChildren(node, isInRepeat);
            return;
        }

        writer.Start(node.Name);
        foreach (var (name, value) in node.Instance)
        {
            writer.Attribute(name, references.Expression(value, node));
        }

        if (node.Entity is { } entity)
        {
            new WriteEntity(writer, references).WriteAttributes(entity);
        }

        if (node.IsContainer)
        {
            WriteChildren(node, isInRepeat);
        }
        else if (node is { Default: { } value, IsDefaultDynamic: false })
        {
            writer.Text(StaticDefault(node, value));
        }

        writer.End();
    }

    private void WriteChildren(FormNode node, bool isInRepeat)
    {
        foreach (var child in node.Children)
        {
            if (child.Kind == NodeKind.Repeat)
            {
                if (!isInRepeat)
                {
                    WriteTemplate(child);
                }

                WriteNode(child, isInRepeat: true);
            }
            else if (child.IsInInstance)
            {
                WriteNode(child, isInRepeat);
            }
        }
    }

    private void WriteTemplate(FormNode repeat)
    {
        writer.Start(repeat.Name).Attribute("jr:template", "");
        foreach (var child in repeat.Children)
        {
            if (child.Kind == NodeKind.Repeat)
            {
                WriteTemplate(child);
            }
            else if (child.IsInInstance)
            {
                WriteNode(child, isInRepeat: false);
            }
        }

        writer.End();
    }

    private static string StaticDefault(FormNode node, string value) =>
        node.Type?.Name == "photo" && !value.Contains("jr://images/", StringComparison.Ordinal)
            ? $"jr://images/{value}"
            : value;
}
