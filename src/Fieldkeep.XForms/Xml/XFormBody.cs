using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Xml;

/// <summary>Holds what the body of a form says about one node.</summary>
internal sealed record BodyControl(string Kind, FormText Label, FormText Hint, string? Appearance)
{
    public string? MediaType { get; init; }

    public SelectKind? SelectKind { get; init; }

    public string? ChoiceListId { get; init; }

    public string? ChoicesExpression { get; init; }

    public string? Count { get; init; }
}

/// <summary>Walks the body of a form: controls, groups and repeats by the path of their node.</summary>
internal sealed class XFormBody(XFormTexts texts, XFormBinds binds, XFormChoices choices)
{
    public Dictionary<string, BodyControl> Controls { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, BodyControl> Groups { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, BodyControl> Repeats { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether some question takes its choices from <c>itemsets.csv</c>.</summary>
    public bool UsesItemsetsCsv { get; private set; }

    public void Walk(FormNode container, string context)
    {
        foreach (var node in container.Children)
        {
            switch (node.Name)
            {
                case "group":
                    WalkGroup(node, context);
                    break;
                case "repeat":
                    WalkRepeat(node, context, FormText.Empty);
                    break;
                case "input" or "select" or "select1" or "rank" or "upload" or "trigger" or "range" or "secret"
                    or "textarea":
                    AddControl(node, context);
                    break;
            }
        }
    }

    private void WalkGroup(FormNode node, string context)
    {
        var label = texts.Of(node.Child("label"));
        if (PathOf(node, context) is { } path)
        {
            Groups.TryAdd(path, new BodyControl("group", label, texts.Of(node.Child("hint")), node.Attribute("appearance")));
            Walk(node, path);
            return;
        }

        // A group without a node that only wraps a repeat carries the repeat's label.
        foreach (var child in node.Children.Where(child => child.Name == "repeat"))
        {
            WalkRepeat(child, context, label);
        }

        var rest = new FormNode(node.Name, node.Space, node.Line, node.Column);
        foreach (var child in node.Children.Where(child => child.Name != "repeat"))
        {
            rest.Add(child);
        }

        Walk(rest, context);
    }

    private void WalkRepeat(FormNode node, string context, FormText fallback)
    {
        if (PathOf(node, context) is not { } path)
        {
            Walk(node, context);
            return;
        }

        var own = texts.Of(node.Child("label"));
        var label = own.IsEmpty ? fallback : own;
        var repeat = new BodyControl("repeat", label, FormText.Empty, node.Attribute("appearance"))
        {
            Count = node.Attribute("count"),
        };
        Repeats.TryAdd(path, repeat);
        Walk(node, path);
    }

    private void AddControl(FormNode node, string context)
    {
        if (PathOf(node, context) is not { } path)
        {
            return;
        }

        var query = node.Attribute("query");
        UsesItemsetsCsv |= query is not null;
        SelectKind? kind = node.Name switch
        {
            "select1" => SelectKind.One,
            "select" => SelectKind.Multiple,
            "rank" => SelectKind.Rank,
            _ when query is not null => SelectKind.One,
            _ => null,
        };
        var control = new BodyControl(
            node.Name, texts.Of(node.Child("label")), texts.Of(node.Child("hint")), node.Attribute("appearance"))
        {
            MediaType = node.Attribute("mediatype"),
            SelectKind = kind,
            ChoicesExpression = query ?? ExpressionOf(node.Child("itemset")),
            ChoiceListId = kind is null || query is not null ? null : choices.Add(node, path),
        };
        Controls.TryAdd(path, control);
    }

    /// <summary>What a select reads: where its choices stand, their conditions, and the value that becomes the answer.</summary>
    private static string? ExpressionOf(FormNode? itemset) =>
        itemset?.Attribute("nodeset") is not { } nodeset ? null
        : itemset.Child("value")?.Attribute("ref") is { } value ? $"{nodeset}/{value}"
        : nodeset;

    private string? PathOf(FormNode node, string context)
    {
        if (node.Attribute("bind") is { } id && binds.FindPath(id) is { } bound)
        {
            return bound;
        }

        var reference = node.Attribute("ref") ?? node.Attribute("nodeset");
        return string.IsNullOrWhiteSpace(reference) ? null : XFormPaths.Resolve(reference, context);
    }
}
