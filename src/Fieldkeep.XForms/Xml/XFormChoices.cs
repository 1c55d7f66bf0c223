using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Xml;

/// <summary>Collects the choice lists that the selects of a form use.</summary>
internal sealed class XFormChoices
{
    private readonly XFormTexts _texts;
    private readonly Dictionary<string, FormNode> _instances = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _idByUse = new(StringComparer.Ordinal);

    public XFormChoices(FormNode model, FormNode primary, XFormTexts texts)
    {
        _texts = texts;
        foreach (var instance in model.Children.Where(node => node.Name == "instance" && node != primary))
        {
            if (instance.Attribute("id") is { } id && _instances.TryAdd(id, instance))
            {
                Instances.Add(new SecondaryInstance(id, instance.Attribute("src")));
            }
        }
    }

    public List<SecondaryInstance> Instances { get; } = [];

    public Dictionary<string, ChoiceList> Lists { get; } = new(StringComparer.Ordinal);

    /// <summary>Adds the list of a select control; gives its id, null when its choices are answers of a repeat.</summary>
    public string? Add(FormNode control, string path)
    {
        if (control.Child("itemset") is { } itemset)
        {
            return AddItemset(itemset, path);
        }

        var choices = new List<Choice>();
        AddItems(control, choices);
        if (choices.Count == 0)
        {
            return null;
        }

        Lists.TryAdd(path, new ChoiceList(path, choices, null));
        return path;
    }

    private void AddItems(FormNode container, List<Choice> choices)
    {
        foreach (var node in container.Children)
        {
            if (node.Name == "item")
            {
                choices.Add(new Choice(node.Child("value")?.InnerText().Trim() ?? "", _texts.Of(node.Child("label"))));
            }
            else if (node.Name == "choices")
            {
                AddItems(node, choices);
            }
        }
    }

    private string? AddItemset(FormNode itemset, string path)
    {
        var nodeset = itemset.Attribute("nodeset") ?? "";
        var (id, end) = XFormPaths.FindLiteralArgument(nodeset, "instance", 0);
        if (id is null || !_instances.TryGetValue(id, out var instance))
        {
            return null;
        }

        var value = XFormPaths.Step(itemset.Child("value")?.Attribute("ref") ?? "name");
        var label = itemset.Child("label")?.Attribute("ref")?.Trim() ?? "label";
        var steps = Steps(nodeset, end);
        var use = string.Join('\n', id, value, label, steps);
        if (_idByUse.TryGetValue(use, out var known))
        {
            return known;
        }

        var listId = Lists.ContainsKey(id) ? $"{id}#{path}" : id;
        _idByUse.Add(use, listId);
        Lists[listId] = new ChoiceList(listId, ReadItems(instance, steps, value, label), instance.Attribute("src"));
        return listId;
    }

    /// <summary>Cuts <c>/root/item</c> out of <c>instance('x')/root/item[…]</c>.</summary>
    private static string Steps(string nodeset, int from)
    {
        var start = nodeset.IndexOf('/', from);
        if (start < 0)
        {
            return "";
        }

        var end = nodeset.AsSpan(start).IndexOfAny("[,) ");
        return end < 0 ? nodeset[start..] : nodeset.Substring(start, end);
    }

    private List<Choice> ReadItems(FormNode instance, string steps, string value, string label)
    {
        IEnumerable<FormNode> nodes = [instance];
        foreach (var part in steps.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var step = XFormPaths.Step(part);
            nodes = nodes.SelectMany(node => node.Children.Where(child => !child.IsText && (step == "*" || child.Name == step)));
        }

        // Either a child's name, or jr:itext(child) where the child holds the id of a text.
        var isTranslated = label.Contains("itext", StringComparison.Ordinal);
        var open = label.IndexOf('(');
        var labelName = XFormPaths.Step(isTranslated && open > 0 ? label[(open + 1)..].TrimEnd(')', ' ') : label);
        var choices = new List<Choice>();
        foreach (var node in nodes)
        {
            if (node.Child(value) is not { } held || held.HasElements)
            {
                continue;
            }

            var shown = node.Child(labelName);
            var text = shown switch
            {
                null => FormText.Empty,
                _ when isTranslated => _texts.Find(shown.InnerText().Trim()),
                _ => _texts.Of(shown),
            };
            choices.Add(new Choice(held.InnerText().Trim(), text));
        }

        return choices;
    }
}
