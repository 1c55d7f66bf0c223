using Fieldkeep.XForms.XlsForm;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Writes what a control offers: an itemset, inline items or osm tags.</summary>
internal sealed class WriteItemset(XFormWriter writer, ResolveReferences references, WriteTexts texts)
{
    private const string ItextLabel = "jr:itext(itextId)";

    /// <summary>Gives the query of a select_one_external.</summary>
    public string Query(FormNode node, Itemset itemset) =>
        $"instance('{itemset.Name}')/root/item" + Filter(node, itemset, ReferenceStyle.Current);

    /// <summary>Writes the children that offer items; nothing for those that live elsewhere.</summary>
    public void Write(FormNode node)
    {
        if (node.OsmTags is { } tags)
        {
            WriteTags(tags);
        }

        switch (node.Itemset)
        {
            case null or { Source: ItemsetSource.External }:
                break;
            case { Source: ItemsetSource.Search, List: { } list }:
                WriteInline(list);
                break;
            case { Source: ItemsetSource.RepeatAnswers } itemset:
                WriteFromAnswers(node, itemset);
                break;
            case { Source: ItemsetSource.RepeatFeatures } itemset:
                var repeat = references.Expression(itemset.Name, node, ReferenceStyle.FromParent).Trim();
                WriteFromRepeat(node, itemset, repeat, "geometry", references.Target(itemset.Name, node));
                break;
            case { } itemset:
                var name = itemset.Source == ItemsetSource.File
                    ? System.IO.Path.GetFileNameWithoutExtension(itemset.Name)
                    : itemset.Name;
                var label = itemset.List is { NeedsItext: true } ? ItextLabel : itemset.LabelRef;
                var nodeset = $"instance('{name}')/root/item" + Filter(node, itemset, ReferenceStyle.Current);
                WriteOne(node, itemset, nodeset, itemset.ValueRef, label);
                break;
        }
    }

    private void WriteFromAnswers(FormNode node, Itemset itemset)
    {
        var path = references.Expression(itemset.Name, node, ReferenceStyle.FromParent).Trim();
        var slash = path.LastIndexOf('/');
        if (slash < 0)
        {
            // The reference names nothing, which was reported while it was resolved.
            return;
        }

        WriteFromRepeat(
            node, itemset, path[..slash], path[(slash + 1)..], references.Target(itemset.Name, node)?.Parent);
    }

    private void WriteFromRepeat(FormNode node, Itemset itemset, string nodeset, string answer, FormNode? item)
    {
        var filter = itemset.Filter is { } written
            ? references.Expression(written, node, ReferenceStyle.CurrentFromParent, item)
            : $"./{answer} != ''";
        WriteOne(node, itemset, $"{nodeset}[{filter}]", answer, answer);
    }

    private string Filter(FormNode node, Itemset itemset, ReferenceStyle style) =>
        itemset.Filter is { } filter ? $"[{references.Expression(filter, node, style)}]" : "";

    private void WriteOne(FormNode node, Itemset itemset, string nodeset, string value, string label)
    {
        if (itemset.IsRandom)
        {
            var seed = itemset.Seed is { } text ? ", " + references.Expression(text, node).Trim() : "";
            nodeset = $"randomize({nodeset}{seed})";
        }

        writer.Start("itemset").Attribute("nodeset", nodeset);
        writer.Start("value").Attribute("ref", value).End();
        writer.Start("label").Attribute("ref", label).End();
        writer.End();
    }

    private void WriteInline(ChoiceList list)
    {
        for (var i = 0; i < list.Choices.Count; i++)
        {
            var choice = list.Choices[i];
            writer.Start("item").Start("label");
            if (list.NeedsItext)
            {
                writer.Attribute("ref", $"jr:itext('{list.Name}-{i}')");
            }
            else if (choice.Label?.Plain is { } label)
            {
                texts.Write(label, null);
            }

            writer.End().Leaf("value", choice.Name).End();
        }
    }

    private void WriteTags(ChoiceList tags)
    {
        foreach (var tag in tags.Choices)
        {
            writer.Start("tag").Attribute("key", tag.Name);
            writer.Start("label");
            if (tag.Label is { } label)
            {
                texts.Write(label.ToString(), null);
            }

            writer.End().End();
        }
    }
}
