using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XPath;

namespace Fieldkeep.XForms.Advice;

/// <summary>
/// Tells calculations that fetch something for the form and that nothing in the form then reads. A calculation that only
/// computes may be wanted in the data; one that looks up a label or a row of a list usually was to be shown or compared.
/// </summary>
internal static class AdviseOnCalculations
{
    /// <summary>Looks at the calculate rows.</summary>
    public static void Run(FormReading form, AdviceList advice)
    {
        foreach (var one in form.Expressions)
        {
            if (one is { Place: ExpressionPlace.Calculation, Node: { Type.Name: "calculate" } node }
                && one.Parsed.Parts.Any(IsLookUp)
                && node.BindText("entities:saveto") is null
                && !form.Mentions.HasQuestion(node.Name))
            {
                advice.Add(
                    DiagnosticCode.CalculationUnread,
                    $"Nothing in the form reads the calculation “{node.Name}”; it will only appear in the data. If that is what it is for, all is well.",
                    form.Document.Survey.At(node.Row, "name"));
            }
        }
    }

    private static bool IsLookUp(XPathNode part) => part is FunctionCall { Name: "pulldata" or "jr:choice-name" or "instance" };
}
