using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Sheets;
using Fieldkeep.XForms.XlsForm;
using Fieldkeep.XForms.XPath;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Checks every reference as it was typed, whether its column is used or not.</summary>
internal sealed class CheckReferences(TreeContext context, FormTree tree)
{
    private const string AlwaysKnown = "instanceID";

    private readonly bool _isInstanceIdOmitted = context.Document.Settings.IsYes("omit_instanceID");

    /// <summary>Reports malformed, unknown and ambiguous references of all sheets.</summary>
    public void Run()
    {
        var document = context.Document;
        Check(document.SettingsTable, _ => true);
        Check(document.EntitiesTable, column => column.Root is not ("dataset" or "repeat"));
        Check(document.Survey, column => column.Root is not ("type" or "name" or "trigger"));
        Check(document.ChoicesTable, column => column.Root is "label" or "media");
        foreach (var node in tree.Root.SelfAndDescendants())
        {
            CheckSource(node);
            foreach (var name in node.Triggers)
            {
                CheckTrigger(node, name);
            }
        }
    }

    private void Check(SheetTable? table, Func<Column, bool> isChecked)
    {
        foreach (var row in table?.Rows ?? [])
        {
            // table is not null here: without it there are no rows.
            foreach (var (column, value) in table!.Values(row))
            {
                if (isChecked(column) && value.Contains("${", StringComparison.Ordinal))
                {
                    CheckCell(table, row, column, value);
                }
            }
        }
    }

    private void CheckCell(SheetTable table, SheetRow row, Column column, string value)
    {
        var references = 0;
        foreach (var (text, reference) in Reference.Candidates(value))
        {
            var cell = new SourceCell(table.Name, row.Number, column.Header);
            if (++references > FormLimits.References)
            {
                context.Diagnostics.Error(
                    DiagnosticCode.LimitExceeded,
                    $"The cell refers to more than {FormLimits.References} questions. Split it into several calculations.",
                    cell);
                return;
            }

            if (reference is not { } found)
            {
                context.Diagnostics.Error(
                    DiagnosticCode.ReferenceMalformed,
                    $"“{text}” is no reference to a question. Write the question's name between ${{ and }}, without spaces, such " +
                    "as ${age}.",
                    cell);
                continue;
            }

            var count = found.Name == AlwaysKnown && !_isInstanceIdOmitted ? 1 : tree.NameCounts.GetValueOrDefault(found.Name);
            if (count == 0)
            {
                var near = context.Nearest(found.Name, tree.NameCounts.Keys);
                context.Diagnostics.Error(
                    DiagnosticCode.ReferenceUnknown,
                    $"{text} names no question of the form."
                    + (near is null ? " Correct the name, or add a question with it." : $" Did you mean ${{{near}}}?"),
                    cell,
                    near is null ? null : $"${{{near}}}");
            }
            else if (count > 1)
            {
                context.Diagnostics.Error(
                    DiagnosticCode.ReferenceAmbiguous,
                    $"{text} can mean {count} questions of that name. Rename all but one.",
                    cell);
            }
        }
    }

    /// <summary>Checks the question that a select takes its options from; the type column is not checked above.</summary>
    private void CheckSource(FormNode node)
    {
        if (node.Itemset is { Source: ItemsetSource.RepeatAnswers } itemset
            && Reference.Find(itemset.Name, 0) is { } reference
            && !tree.NameCounts.ContainsKey(reference.Name))
        {
            context.Error(
                DiagnosticCode.ReferenceUnknownLate,
                node.Row,
                "type",
                $"{itemset.Name} names no question to take options from. Correct the name.",
                context.Nearest(reference.Name, tree.NameCounts.Keys));
        }
    }

    private void CheckTrigger(FormNode node, string name)
    {
        if (!tree.FirstByName.TryGetValue(name, out var source) || source.Kind != NodeKind.Question)
        {
            if (source is null && tree.NameCounts.ContainsKey(name))
            {
                // The triggering row has a mistake of its own, reported there.
                return;
            }

            var questions = tree.FirstByName.Where(pair => pair.Value.Kind == NodeKind.Question).Select(pair => pair.Key);
            var near = context.Nearest(name, questions);
            context.Error(
                DiagnosticCode.ReferenceUnknown,
                node.Row,
                "trigger",
                $"The trigger ${{{name}}} names no question of the form."
                + (near is null ? " Correct the name, or add a question with it." : $" Did you mean ${{{near}}}?"),
                near is null ? null : $"${{{near}}}");
            return;
        }

        var isCalculated = source.HasCalculation || source.Triggers.Count > 0;
        if (source.Type?.Name == "calculate" || (isCalculated && source.Label is null && source.Hint is null))
        {
            context.Error(
                DiagnosticCode.TriggerNotVisible,
                node.Row,
                "trigger",
                $"The trigger ${{{name}}} is not shown, so nobody can change it. Choose a question that is shown.");
        }
    }
}
