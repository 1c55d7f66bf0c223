using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using XmlNode = Fieldkeep.XForms.Xml.FormNode;

namespace Fieldkeep.XForms.Export;

/// <summary>Finds which type and parameters give a question its options.</summary>
internal sealed class ChooseOptions(ExportContext context, SourceInstances instances, WriteChoices choices)
{
    /// <summary>Makes the row of a select or rank.</summary>
    public RowDraft Select(NodeDraft node, XmlNode control)
    {
        var command = control.Name switch { "select1" => "select_one", "select" => "select_multiple", _ => "rank" };
        if (control.Child("itemset") is not { } itemset)
        {
            return new RowDraft($"{command} {choices.AddInline(control, node.Name)}");
        }

        var text = itemset.Attribute("nodeset") ?? "";
        var (value, label) = (RefOf(itemset, "value"), RefOf(itemset, "label"));
        if (Nodeset.Parse(text) is not { } nodeset)
        {
            context.Lose(DiagnosticCode.ExportChoicesChanged, itemset, $"The choices of {node.Path} come from {text}, which a workbook cannot say.");
            return new RowDraft($"{command} {choices.AddInline(control, node.Name)}");
        }

        var row = nodeset.InstanceId is { } id
            ? FromInstance(node, itemset, command, nodeset, id, value, label)
            : FromNodes(node, itemset, command, nodeset, value);
        if (nodeset.IsRandom)
        {
            row.TryAdd("randomize", "true");
            if (nodeset.Seed is { } seed && !row.TryAdd("seed", context.Names.Expression(seed, ExpressionPlace.Of(node)).Trim()))
            {
                context.Lose(DiagnosticCode.ExportAttributeLost, itemset, $"The seed {seed} of {node.Path} is left out: only a number or a question can be one.");
            }
        }

        return row;
    }

    /// <summary>Makes the row of an input that looks its choices up in itemsets.csv.</summary>
    public RowDraft External(NodeDraft node, XmlNode control)
    {
        var query = control.Attribute("query") ?? "";
        var nodeset = Nodeset.Parse(query);
        var list = nodeset?.InstanceId ?? node.Name;
        if (nodeset is not { IsUsual: true })
        {
            context.Lose(DiagnosticCode.ExportChoicesChanged, control, $"The query {query} of {node.Path} cannot be said in a workbook.");
        }

        context.ExternalLists.TryAdd(list, list);

        return new RowDraft($"select_one_external {list}") { Filter = FilterOf(node, nodeset?.Filter) };
    }

    /// <summary>Says which list or repeat the features of a map, or the labels of a range, come from.</summary>
    public void Features(NodeDraft node, XmlNode control, RowDraft row, string key)
    {
        if (control.Child("itemset") is not { } itemset)
        {
            return;
        }

        var nodeset = Nodeset.Parse(itemset.Attribute("nodeset") ?? "");
        string? name = null;
        if (nodeset?.InstanceId is { } id)
        {
            choices.Use(id, RefOf(itemset, "value"), RefOf(itemset, "label"), itemset);
            name = id;
            row.Filter = FilterOf(node, nodeset.Filter);
        }
        else if (nodeset is not null)
        {
            var path = Xml.XFormPaths.Resolve(nodeset.Path, node.Path);
            var repeat = context.Tree.ByPath.GetValueOrDefault(path);
            name = repeat is { Kind: NodeKind.Repeat } && context.Names.IsNamed(repeat) ? $"${{{repeat.Name}}}" : null;
            row.Filter = RepeatFilter(node, nodeset.Filter, "geometry", repeat);
        }

        if (name is null || !row.TryAdd(key, name))
        {
            context.Lose(
                DiagnosticCode.ExportChoicesChanged, itemset, $"The {key} of {node.Path} ({itemset.Attribute("nodeset")}) cannot be said in a workbook.");
        }
    }

    private RowDraft FromInstance(
        NodeDraft node, XmlNode itemset, string command, Nodeset nodeset, string id, string value, string label)
    {
        RowDraft row;
        if (instances.FileOf(id) is { } file)
        {
            // rank and names with more dots have no “from file”; the extension says it then.
            var isLong = command != "rank" && file.Count(c => c == '.') == 1;
            row = new RowDraft($"{command}{(isLong ? "_from_file" : "")} {file}");
            var isGeoJson = file.EndsWith(".geojson", StringComparison.Ordinal);
            AddRef(row, itemset, "value", value, isGeoJson ? "id" : "name");
            AddRef(row, itemset, "label", label, isGeoJson ? "title" : "label");
        }
        else
        {
            choices.Use(id, value, label, itemset);
            row = new RowDraft($"{command} {id}");
        }

        if (!nodeset.IsUsual)
        {
            context.Lose(DiagnosticCode.ExportChoicesChanged, itemset, $"The choices of {node.Path} come from {nodeset.Path}; in the workbook from root/item.");
        }

        row.Filter = FilterOf(node, nodeset.Filter);
        return row;
    }

    private RowDraft FromNodes(NodeDraft node, XmlNode itemset, string command, Nodeset nodeset, string value)
    {
        var place = ExpressionPlace.Of(node);
        var path = Xml.XFormPaths.Resolve($"{nodeset.Path}/{value}", node.Path);
        if (!context.Tree.ByPath.TryGetValue(path, out var answer) || !context.Names.IsNamed(answer)
            || !context.Names.Compiles($"${{{answer.Name}}}", $"{nodeset.Path}/{value}", place, ReferenceStyle.FromParent))
        {
            context.Lose(
                DiagnosticCode.ExportChoicesChanged,
                itemset,
                $"The choices of {node.Path} come from {nodeset.Path}; a workbook can only take them from a question with a name of its own.");
        }

        var name = answer?.Name ?? value;
        return new RowDraft($"{command} ${{{name}}}") { Filter = RepeatFilter(node, nodeset.Filter, value, answer?.Parent) };
    }

    private string? FilterOf(NodeDraft node, string? filter) =>
        filter is null ? null : context.Names.Expression(filter, ExpressionPlace.Of(node), ReferenceStyle.Current);

    private string? RepeatFilter(NodeDraft node, string? filter, string value, NodeDraft? item) =>
        filter is null || ExpressionText.IsSame(filter, $"./{value} != ''")
            ? null
            : context.Names.Expression(filter, ExpressionPlace.Of(node), ReferenceStyle.CurrentFromParent, item);

    private void AddRef(RowDraft row, XmlNode itemset, string key, string value, string usual)
    {
        if (value != usual && !row.TryAdd(key, value))
        {
            context.Lose(DiagnosticCode.ExportChoicesChanged, itemset, $"The {key} {value} of a select cannot be said in a workbook.");
        }
    }

    private static string RefOf(XmlNode itemset, string element) => itemset.Child(element)?.Attribute("ref")?.Trim() ?? "";
}
