using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XlsForm;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Checks what is shown: labels, media kinds, and lists shared between search() and plain selects.</summary>
internal static class CheckTexts
{
    /// <summary>Reports questions without words, unknown media and mixed use of lists.</summary>
    public static void Run(TreeContext context, FormTree tree)
    {
        var searching = new Dictionary<string, FormNode>(StringComparer.Ordinal);
        var plain = new Dictionary<string, FormNode>(StringComparer.Ordinal);
        foreach (var node in tree.Root.SelfAndDescendants())
        {
            CheckNode(context, node);
            if (node is { Itemset: { List: not null } itemset, Type.Name: "select_one" or "select_multiple" or "rank" })
            {
                (itemset.Source == ItemsetSource.Search ? searching : plain).TryAdd(itemset.Name, node);
            }
        }

        CheckInlineChoices(context, tree);
        foreach (var (list, node) in searching)
        {
            if (plain.TryGetValue(list, out var other))
            {
                context.Error(
                    DiagnosticCode.SearchSharedList,
                    node.Row,
                    "control::appearance",
                    $"“{node.Name}” searches in the list “{list}”, which “{other.Name}” (row {other.Row}) uses without " +
                    "search(). Use search() in both, or two lists.");
            }
        }

        foreach (var list in context.Document.Lists.Values)
        {
            foreach (var choice in list.Choices)
            {
                CheckMedia(context, choice.Media, $"The choice “{choice.Name}”", "choices", choice.Row);
            }
        }
    }

    private static void CheckInlineChoices(TreeContext context, FormTree tree)
    {
        var inline = tree.Root.SelfAndDescendants()
            .Where(node => node.Itemset is { Source: ItemsetSource.Search })
            .Sum(node => (long)(node.Itemset?.List?.Choices.Count ?? 0));
        if (inline > FormLimits.InlineChoices)
        {
            context.Diagnostics.Error(
                DiagnosticCode.LimitExceeded,
                $"The selects that use search() hold {inline} choices together, more than {FormLimits.InlineChoices}. " +
                "Use select_one_from_file.");
        }
    }

    private static void CheckNode(TreeContext context, FormNode node)
    {
        CheckMedia(context, node.Media, $"“{node.Name}”", "survey", node.Row);
        if (node is { IsVisible: true, Label: null, Hint: null, Media.Count: 0 })
        {
            context.Error(
                DiagnosticCode.NoLabelOrHint,
                node.Row,
                "label",
                $"The question “{node.Name}” has neither label nor hint. Write a label.");
        }
    }

    private static void CheckMedia(
        TreeContext context, List<KeyValuePair<string, LocalText>> media, string what, string sheet, int row)
    {
        foreach (var (kind, _) in media)
        {
            if (!ColumnNames.MediaKinds.Contains(kind, StringComparer.Ordinal))
            {
                context.Diagnostics.Error(
                    DiagnosticCode.MediaKindUnknown,
                    $"{what} has media of the kind “{kind}”. Use image, big-image, audio or video.",
                    new SourceCell(sheet, row, $"media::{kind}"),
                    Spelling.Nearest(kind, ColumnNames.MediaKinds));
            }
        }
    }
}
