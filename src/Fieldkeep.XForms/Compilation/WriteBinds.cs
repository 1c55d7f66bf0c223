using Fieldkeep.XForms.XlsForm;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Writes the binds and the actions of the model, node by node.</summary>
internal sealed class WriteBinds(XFormWriter writer, ResolveReferences references)
{
    private const string FirstLoad = "odk-instance-first-load";

    /// <summary>Writes everything the model says about the nodes of a tree.</summary>
    public void Write(FormNode root)
    {
        foreach (var node in root.SelfAndDescendants())
        {
            if (node.Kind is NodeKind.Root || !node.IsInInstance)
            {
                continue;
            }

            if (node.Entity is { } entity)
            {
                new WriteEntity(writer, references).WriteBinds(node, entity);
                continue;
            }

            WriteBind(node);
            WriteActions(node);
        }
    }

    private void WriteBind(FormNode node)
    {
        if (node.Bind.Count == 0 || node.IsFlattened)
        {
            return;
        }

        writer.Start("bind").Attribute("nodeset", node.Path);
        foreach (var (name, text) in node.Bind)
        {
            if (name == "calculate" && node.Triggers.Count > 0)
            {
                continue;
            }

            writer.Attribute(name, Value(node, name, text));
        }

        if (node.BindText("relevant") is null && FlattenedRelevance(node) is { } inherited)
        {
            writer.Attribute("relevant", references.Expression(inherited, node));
        }

        writer.End();
    }

    private string Value(FormNode node, string name, LocalText text)
    {
        if (Translations.IsItextMessage(name, text))
        {
            return $"jr:itext('{node.Path}:{name}')";
        }

        var value = text.ToString();
        if (name == "entities:saveto")
        {
            return value[(value.IndexOf('#', StringComparison.Ordinal) + 1)..];
        }

        if (name == "relevant" && FlattenedRelevance(node) is { } inherited)
        {
            return references.Expression($"{inherited} and ({value})", node);
        }

        if (name is "readonly" or "required" or "relevant" or "constraint" or "calculate")
        {
            value = YesNo.IsYes(value) ? "true()" : YesNo.IsNo(value) ? "false()" : value;
        }

        return references.Expression(value, node);
    }

    /// <summary>Joins the conditions of the flattened groups around a node, outermost first; null when there are none.</summary>
    private static string? FlattenedRelevance(FormNode node)
    {
        string? relevance = null;
        for (var group = node.Parent; group is { IsFlattened: true }; group = group.Parent)
        {
            if (group.BindText("relevant")?.ToString() is { } outer)
            {
                relevance = relevance is null ? outer : $"{outer} and ({relevance})";
            }
        }

        return relevance;
    }

    private void WriteActions(FormNode node)
    {
        if (node is { IsDefaultDynamic: true, Default: { } value })
        {
            writer.Start("setvalue")
                .Attribute("ref", node.Path)
                .Attribute("event", FirstLoad)
                .Attribute("value", references.Expression(value, node))
                .End();
        }

        switch (node.Type?.Action)
        {
            case TypeAction.StartGeopoint:
                writer.Start("odk:setgeopoint").Attribute("ref", node.Path).Attribute("event", FirstLoad).End();
                break;
            case TypeAction.BackgroundAudio:
                writer.Start("odk:recordaudio")
                    .Attribute("ref", node.Path)
                    .Attribute("event", "odk-instance-load")
                    .Attribute("odk:quality", node.RecordingQuality)
                    .End();
                break;
            default:
                break;
        }
    }
}
