using Fieldkeep.XForms.XlsForm;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Writes the node and the binds of an entity declaration.</summary>
internal sealed class WriteEntity(XFormWriter writer, ResolveReferences references)
{
    private static readonly string[] Versions = ["baseVersion", "trunkVersion", "branchId"];

    /// <summary>Writes the attributes of the open entity element.</summary>
    public void WriteAttributes(EntityRow entity)
    {
        writer.Attribute("dataset", entity.List).Attribute("create", entity.Creates ? "1" : null);
        if (entity.Updates)
        {
            writer.Attribute("update", "1");
            foreach (var version in Versions)
            {
                writer.Attribute(version, "");
            }
        }

        writer.Attribute("id", "");
    }

    /// <summary>Writes the binds of the attributes, and the action that makes the id of a new entity.</summary>
    public void WriteBinds(FormNode node, EntityRow entity)
    {
        WriteCondition(node, "create", entity.CreateIf);
        WriteCondition(node, "update", entity.UpdateIf);
        if (entity.EntityId is { } id)
        {
            var from = FormNode.AttributeOf(node, "id");
            foreach (var version in Versions)
            {
                var key = references.Expression($"instance('{entity.List}')/root/item[name={id}]/__", from);
                var column = version == "baseVersion" ? "version" : version;
                WriteBind(node, version, key + column);
            }

            WriteBind(node, "id", references.Expression(id, from));
            return;
        }

        WriteBind(node, "id", null);
        WriteNewId(node, "odk-instance-first-load");
    }

    /// <summary>Writes the action that makes an id, for one event.</summary>
    public void WriteNewId(FormNode node, string trigger) =>
        writer.Start("setvalue")
            .Attribute("ref", $"{node.Path}/@id")
            .Attribute("event", trigger)
            .Attribute("value", "uuid()")
            .End();

    private void WriteCondition(FormNode node, string attribute, string? expression)
    {
        if (expression is not null)
        {
            WriteBind(
                node, attribute, references.Expression(expression, FormNode.AttributeOf(node, attribute)));
        }
    }

    private void WriteBind(FormNode node, string attribute, string? calculate) =>
        writer.Start("bind")
            .Attribute("nodeset", $"{node.Path}/@{attribute}")
            .Attribute("calculate", calculate)
            .Attribute("readonly", "true()")
            .Attribute("type", "string")
            .End();
}
