using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Xml;
using XmlNode = Fieldkeep.XForms.Xml.FormNode;

namespace Fieldkeep.XForms.Export;

/// <summary>Writes the attributes of binds, controls and instance nodes into their columns.</summary>
internal sealed class WriteRowColumns(ExportContext context, TextColumns texts)
{
    private readonly Dictionary<NodeDraft, string?> _lists = [];
    private readonly bool _hasManyEntities = context.Tree.Root.SelfAndDescendants().Count(node => node.Kind == NodeKind.Entity) > 1;

    /// <summary>Writes what the bind says and the type does not.</summary>
    public void WriteBind(NodeDraft node, RowDraft row)
    {
        if (node.Bind is not { } bind)
        {
            return;
        }

        var place = ExpressionPlace.Of(node);
        foreach (var attribute in bind.Attributes)
        {
            var name = context.Form.NameOf(attribute);
            if (name is "nodeset" or "ref" or "id" || row.Said.Contains(name) || IsKnown(row, node, name, attribute.Value))
            {
                continue;
            }

            var value = attribute.Value;
            switch (name)
            {
                case "relevant" or "constraint":
                    context.Set(name, context.Names.Expression(value, place));
                    break;
                case "required" or "readonly":
                    context.Set(name, value.Trim() switch { "true()" => "yes", "false()" => "no", _ => context.Names.Expression(value, place) });
                    break;
                case "calculate":
                    if (node.Triggers.Count == 0)
                    {
                        context.Set("calculation", context.Names.Expression(value, place));
                    }

                    break;
                case "jr:constraintMsg":
                    texts.WriteMessage("constraint_message", value, place, referencesMakeItext: true);
                    break;
                case "jr:requiredMsg":
                    texts.WriteMessage("required_message", value, place, referencesMakeItext: true);
                    break;
                case "jr:noAppErrorString":
                    texts.WriteMessage("bind::jr:noAppErrorString", value, place, referencesMakeItext: false);
                    break;
                case "entities:saveto":
                    context.Set("save_to", _hasManyEntities ? $"{ListOf(node)}#{value}" : value);
                    break;
                case CheckConfidential.Mark:
                    context.Set("confidential", ConfidentialMarks.IsMarked(bind) ? "yes" : null);
                    break;
                case CheckConfidential.Radius:
                    context.Set("confidential_radius", ConfidentialMarks.IsMarked(bind) ? value : null);
                    break;
                default:
                    WriteFree("bind", name, context.Names.Attribute(value, place), bind);
                    break;
            }
        }
    }

    /// <summary>Writes the attributes of a control, group or repeat.</summary>
    public void WriteControl(NodeDraft node, XmlNode? control, RowDraft row)
    {
        if (control is null)
        {
            return;
        }

        var place = ExpressionPlace.Of(node);
        foreach (var attribute in control.Attributes)
        {
            var name = context.Form.NameOf(attribute);
            if (name is "ref" or "nodeset" or "bind" or "mediatype" or "query" || attribute.Name == "count"
                || row.Said.Contains(name) || (name == "class" && attribute.Value.Length == 0))
            {
                continue;
            }

            // The compiler leaves references in the appearance of a group alone.
            var value = name == "appearance" && node.Kind == NodeKind.Group
                ? attribute.Value
                : context.Names.Attribute(attribute.Value, place);
            switch (name)
            {
                case "appearance" or "autoplay":
                    context.Set(name, value);
                    break;
                case "intent" when node.Kind is NodeKind.Group or NodeKind.Repeat:
                    context.Set(name, value);
                    break;
                default:
                    WriteFree("body", name, value, control);
                    break;
            }
        }
    }

    /// <summary>Writes the attributes of the node in the primary instance.</summary>
    public void WriteInstance(NodeDraft node)
    {
        // What a template says about its repeat is said by the repetitions too, and only those can be written.
        var place = ExpressionPlace.Of(node);
        var element = node.Elements.Find(one => one.Attributes.Count > 0 && one.Attribute("template") is null) ?? node.Elements.FirstOrDefault();
        foreach (var attribute in element?.Attributes ?? [])
        {
            if (attribute.Name != "template")
            {
                WriteFree("instance", context.Form.NameOf(attribute), context.Names.Attribute(attribute.Value, place), element);
            }
        }
    }

    private static bool IsKnown(RowDraft row, NodeDraft node, string name, string value)
    {
        if (name == "type")
        {
            var type = ChooseType.BindTypeOf(node);
            return type is null || row.KnownBind.GetValueOrDefault(name) == type
                || (row.Type == "integer" && type == "integer")
                || (XlsForm.SelectCommand.Parse(row.Type) is not null && type is not ("string" or "odk:rank"));
        }

        return row.KnownBind.TryGetValue(name, out var known) && known == value.Trim();
    }

    private string? ListOf(NodeDraft node)
    {
        if (node.Parent is not { } container)
        {
            return null;
        }

        if (!_lists.TryGetValue(container, out var list))
        {
            var entity = container.Children.Find(child => child.Kind == NodeKind.Meta)?.Children.Find(child => child.Kind == NodeKind.Entity);
            _lists.Add(container, list = entity is null ? ListOf(container) : entity.Elements[0].Attribute("dataset"));
        }

        return list;
    }

    private void WriteFree(string column, string name, string value, XmlNode? where)
    {
        if (value.Trim().Length == 0 || !XmlNames.IsName(name) || name is "ref" or "nodeset" or "mediatype" or "xmlns")
        {
            context.Lose(DiagnosticCode.ExportAttributeLost, where, $"The attribute {name}=\"{value}\" is left out: no column can hold it.");
            return;
        }

        context.Set($"{column}::{name}", value);
    }
}
