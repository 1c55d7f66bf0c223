using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XlsForm;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Makes one group per choice out of each loop.</summary>
internal static class ExpandLoops
{
    private const string NamePattern = "%(name)s";
    private const string LabelPattern = "%(label)s";

    /// <summary>Expands all loops of a tree.</summary>
    public static void Run(TreeContext context, FormNode root, IReadOnlySet<string> prefixes)
    {
        var nodes = root.SelfAndDescendants().Count();
        Expand(context, root, prefixes, ref nodes);
    }

    private static void Expand(TreeContext context, FormNode node, IReadOnlySet<string> prefixes, ref int nodes)
    {
        foreach (var child in node.Children)
        {
            Expand(context, child, prefixes, ref nodes);
        }

        if (node.LoopList is not { } name || !context.Document.Lists.TryGetValue(name, out var list))
        {
            return;
        }

        var template = node.Children.ToList();
        var choices = list.Choices.Where(choice => choice.Name != "none").ToList();
        if (choices.Count > 1)
        {
            ReportRepeats(context, node);
        }

        var size = (long)choices.Count * node.SelfAndDescendants().Count();
        node.Children.Clear();
        nodes += (int)Math.Min(size, FormLimits.Nodes);
        if (nodes > FormLimits.Nodes)
        {
            context.Error(
                DiagnosticCode.LimitExceeded,
                node.Row,
                "type",
                $"The loop “{node.Name}” would make more than {FormLimits.Nodes} questions. Use a repeat.");
            return;
        }

        foreach (var choice in choices)
        {
            if (!FormNamespaces.IsElementName(choice.Name, prefixes))
            {
                ReportName(context, node, choice);
                continue;
            }

            var group = new FormNode
            {
                Kind = NodeKind.Group,
                Name = choice.Name,
                Row = node.Row,
                Label = choice.Label,
                Media = choice.Media,
            };
            foreach (var child in template)
            {
                group.Add(Copy(child, choice));
            }

            node.Add(group);
        }
    }

    private static void ReportName(TreeContext context, FormNode loop, Choice choice) => context.Diagnostics.Error(
        DiagnosticCode.InvalidName,
        $"The loop “{loop.Name}” makes a group of each choice, but “{choice.Name}” cannot be its name. Start the " +
        "name with a letter or _ and use only letters, digits, _, - and . after that.",
        new SourceCell("choices", choice.Row, "name"));

    private static void ReportRepeats(TreeContext context, FormNode loop)
    {
        foreach (var repeat in loop.SelfAndDescendants().Where(node => node.Kind == NodeKind.Repeat))
        {
            context.Error(
                DiagnosticCode.DuplicateRepeatName,
                repeat.Row,
                "name",
                $"The loop “{loop.Name}” would make several repeats named “{repeat.Name}”. Take the repeat out of the loop.");
        }
    }

    private static FormNode Copy(FormNode node, Choice? choice)
    {
        var copy = new FormNode
        {
            Kind = node.Kind,
            Name = Substitute(node.Name, choice, null),
            Row = node.Row,
            Type = node.Type,
            Label = Substitute(node.Label, choice),
            Hint = Substitute(node.Hint, choice),
            GuidanceHint = Substitute(node.GuidanceHint, choice),
            Media = [.. node.Media.Select(pair => KeyValuePair.Create(pair.Key, Substitute(pair.Value, choice)))],
            Bind = [.. node.Bind.Select(pair => KeyValuePair.Create(pair.Key, Substitute(pair.Value, choice)))],
            Control = [.. node.Control.Select(p => KeyValuePair.Create(p.Key, Substitute(p.Value, choice, null)))],
            Instance = [.. node.Instance.Select(p => KeyValuePair.Create(p.Key, Substitute(p.Value, choice, null)))],
            Default = node.Default is null ? null : Substitute(node.Default, choice, null),
            IsDefaultDynamic = node.IsDefaultDynamic,
            Itemset = node.Itemset?.Filter is { } filter
                ? node.Itemset with { Filter = Substitute(filter, choice, null) }
                : node.Itemset,
            OsmTags = node.OsmTags,
            Triggers = node.Triggers,
            CountReference = node.CountReference,
            RecordingQuality = node.RecordingQuality,
        };
        foreach (var child in node.Children)
        {
            // Patterns are replaced one level deep only, as everywhere else XLSForm runs.
            copy.Add(Copy(child, null));
        }

        return copy;
    }

    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(text))]
    private static LocalText? Substitute(LocalText? text, Choice? choice) =>
        text?.Map((language, words) => Substitute(words, choice, language));

    private static string Substitute(string text, Choice? choice, string? language)
    {
        if (choice is null || !text.Contains("%(", StringComparison.Ordinal))
        {
            return text;
        }

        var label = choice.Label?.Translations.FirstOrDefault(t => t.Key == language).Value ?? choice.Label?.ToString();
        return text.Replace(NamePattern, choice.Name, StringComparison.Ordinal)
            .Replace(LabelPattern, label ?? choice.Name, StringComparison.Ordinal);
    }
}
