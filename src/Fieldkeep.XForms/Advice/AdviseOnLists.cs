using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XlsForm;

namespace Fieldkeep.XForms.Advice;

/// <summary>Tells lists that no question offers, and choice names with spaces.</summary>
internal static class AdviseOnLists
{
    /// <summary>So many lists are told one by one; more are told as one.</summary>
    private const int MostLists = 5;

    private const int NamesShown = 10;

    /// <summary>Tells lists that nothing mentions: they travel to every device for nothing, or a select names another.</summary>
    public static void Unused(FormReading form, AdviceList advice)
    {
        if (form.Document.ChoicesTable is not { } table)
        {
            return;
        }

        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in form.Root.SelfAndDescendants())
        {
            if ((node.LoopList ?? node.Itemset?.Name) is { } name)
            {
                used.Add(name);
            }
        }

        var unused = form.Document.Lists.Values
            .Where(list => !used.Contains(list.Name) && !form.Mentions.HasList(list.Name) && list.Choices.Count > 0)
            .ToList();
        foreach (var list in unused.Count <= MostLists ? unused : [])
        {
            advice.Add(
                DiagnosticCode.ChoicesUnused,
                $"No question offers the list “{list.Name}” ({Count(list)}). If none should, delete it: it is sent to every device.",
                table.At(list.Choices[0].Row, "list name"));
        }

        if (unused.Count > MostLists)
        {
            var more = unused.Count > NamesShown ? $" and {unused.Count - NamesShown} more" : "";
            advice.Add(
                DiagnosticCode.ChoicesUnused,
                $"No question offers {unused.Count} of {form.Document.Lists.Count} lists: {string.Join(", ", unused.Take(NamesShown).Select(list => list.Name))}" +
                $"{more}. If none should, delete them: they are sent to every device.",
                table.At(unused[0].Choices[0].Row, "list name"));
        }
    }

    /// <summary>Tells names with spaces once per list; in lists of a select_multiple they are errors.</summary>
    public static void Spaces(FormReading form, AdviceList advice)
    {
        if (form.Document.ChoicesTable is not { } table || form.Document.Lists.Values.All(list => list.WithSpace is null))
        {
            return;
        }

        var lists = new HashSet<ChoiceList>();
        var reported = new HashSet<ChoiceList>();
        foreach (var node in form.Root.SelfAndDescendants())
        {
            if (node.Itemset is { Source: ItemsetSource.Instance, List: { WithSpace: not null } list })
            {
                lists.Add(list);
                if (node.Type?.Control != "select1")
                {
                    reported.Add(list);
                }
            }
        }

        foreach (var list in lists.Except(reported))
        {
            var spaced = list.Choices.Where(choice => choice.Name.Contains(' ', StringComparison.Ordinal)).ToList();
            var others = spaced.Count == 1 ? "" : $" So have {spaced.Count - 1} more of this list.";
            advice.Add(
                DiagnosticCode.ChoiceNameSpacesAdvised,
                $"The choice name “{spaced[0].Name}” of the list “{list.Name}” has a space.{others} A select_multiple could not use the list, " +
                "and functions such as selected() take the name for several. Write it without.",
                table.At(spaced[0].Row, "name"),
                spaced[0].Name.Replace(' ', '_'));
        }
    }

    private static string Count(ChoiceList list) => list.Choices.Count == 1 ? "1 choice" : $"{list.Choices.Count} choices";
}
