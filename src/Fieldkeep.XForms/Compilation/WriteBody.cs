using Fieldkeep.XForms.XlsForm;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Writes the body: one control per visible question, groups and repeats around them.</summary>
internal sealed class WriteBody
{
    private const string NewRepeat = "odk-new-repeat";

    private readonly XFormWriter _writer;
    private readonly ResolveReferences _references;
    private readonly WriteTexts _texts;
    private readonly WriteItemset _itemsets;
    private readonly Dictionary<string, List<FormNode>> _triggered = new(StringComparer.Ordinal);
    private readonly Dictionary<FormNode, List<FormNode>> _repeatDefaults = [];

    /// <summary>Prepares what each control must know about other nodes.</summary>
    public WriteBody(XFormWriter writer, ResolveReferences references, WriteTexts texts, FormTree tree)
    {
        _writer = writer;
        _references = references;
        _texts = texts;
        _itemsets = new WriteItemset(writer, references, texts);
        foreach (var node in tree.Root.SelfAndDescendants())
        {
            foreach (var trigger in node.Triggers)
            {
                AddTo(_triggered, trigger, node);
            }

            if ((node.IsDefaultDynamic || node.Entity is { Updates: false }) && node.RepeatAbove is { } repeat)
            {
                AddTo(_repeatDefaults, repeat, node);
            }
        }
    }

    /// <summary>Writes all controls below the root.</summary>
    public void Write(FormNode root)
    {
        foreach (var child in root.Children)
        {
            WriteNode(child);
        }
    }

    private void WriteNode(FormNode node)
    {
        switch (node.Kind)
        {
            case NodeKind.Group or NodeKind.Loop:
                WriteGroup(node);
                break;
            case NodeKind.Repeat:
                WriteRepeat(node);
                break;
            case NodeKind.Question when node.IsVisible:
                WriteControl(node);
                break;
            default:
                break;
        }
    }

    private void WriteGroup(FormNode node)
    {
        _writer.Start("group");
        foreach (var (name, value) in node.Control)
        {
            _writer.Attribute(name, name == "appearance" ? value : _references.Expression(value, node));
        }

        if (node.CountReference is { } count)
        {
            _writer.Attribute("jr:count", _references.Expression(count, node));
        }

        _writer.Attribute("ref", node.IsFlattened ? null : node.Path);
        if (node.Label is not null)
        {
            WriteLabel(node);
        }

        Write(node);
        _writer.End();
    }

    private void WriteRepeat(FormNode node)
    {
        _writer.Start("group").Attribute("ref", node.Path);
        WriteLabel(node);
        _writer.Start("repeat").Attribute("nodeset", node.Path);
        if (node.CountReference is { } count)
        {
            _writer.Attribute("jr:count", _references.Expression(count, node));
        }

        WriteAttributes(node);
        Write(node);
        foreach (var target in _repeatDefaults.GetValueOrDefault(node) ?? [])
        {
            if (target.Entity is not null)
            {
                new WriteEntity(_writer, _references).WriteNewId(target, NewRepeat);
                continue;
            }

            _writer.Start("setvalue")
                .Attribute("ref", target.Path)
                .Attribute("event", NewRepeat)
                .Attribute("value", _references.Expression(target.Default ?? "", target))
                .End();
        }

        _writer.End().End();
    }

    private void WriteControl(FormNode node)
    {
        // A visible question's type has a control.
        _writer.Start(node.Type!.Control!).Attribute("ref", node.Path).Attribute("mediatype", node.Type.MediaType);
        WriteAttributes(node);
        if (node.Itemset is { Source: ItemsetSource.External } external)
        {
            _writer.Attribute("query", _itemsets.Query(node, external));
        }

        WriteLabel(node);
        WriteHint(node);
        _itemsets.Write(node);
        WriteTriggered(node);
        _writer.End();
    }

    private void WriteAttributes(FormNode node)
    {
        foreach (var (name, value) in node.Control)
        {
            _writer.Attribute(name, _references.Expression(value, node));
        }
    }

    private void WriteLabel(FormNode node)
    {
        _writer.Start("label");
        if (node.HasItextLabel)
        {
            _writer.Attribute("ref", $"jr:itext('{node.Path}:label')");
        }
        else if (node.Label?.Plain is { } label)
        {
            _texts.Write(label, node);
        }

        _writer.End();
    }

    private void WriteHint(FormNode node)
    {
        if (node.HasItextHint)
        {
            _writer.Start("hint").Attribute("ref", $"jr:itext('{node.Path}:hint')").End();
        }
        else if (node.Hint?.Plain is { } hint)
        {
            _writer.Start("hint");
            _texts.Write(hint, node);
            _writer.End();
        }
    }

    private void WriteTriggered(FormNode node)
    {
        var targets = _triggered.GetValueOrDefault(node.Name) ?? [];
        foreach (var target in targets.Where(target => target.Type?.Action != TypeAction.BackgroundGeopoint))
        {
            _writer.Start("setvalue")
                .Attribute("ref", target.Path)
                .Attribute("event", "xforms-value-changed")
                .Attribute("value", Calculation(target, node))
                .End();
        }

        foreach (var target in targets.Where(target => target.Type?.Action == TypeAction.BackgroundGeopoint))
        {
            _writer.Start("odk:setgeopoint")
                .Attribute("ref", target.Path)
                .Attribute("event", "xforms-value-changed")
                .End();
        }
    }

    private string? Calculation(FormNode target, FormNode from) =>
        target.BindText("calculate")?.ToString() is { } text ? _references.Expression(text, from) : null;

    private static void AddTo<TKey>(Dictionary<TKey, List<FormNode>> lists, TKey key, FormNode node)
        where TKey : notnull
    {
        if (!lists.TryGetValue(key, out var list))
        {
            lists.Add(key, list = []);
        }

        list.Add(node);
    }
}
