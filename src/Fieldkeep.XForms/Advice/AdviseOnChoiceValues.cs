using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XlsForm;
using Fieldkeep.XForms.XPath;

namespace Fieldkeep.XForms.Advice;

/// <summary>
/// Tells comparisons of a select's answer with a value that its list does not have, such as <c>${q} = 'yess'</c>: they are
/// never true, and what depends on them is never shown.
/// </summary>
internal sealed class AdviseOnChoiceValues(FormReading form, AdviceList advice)
{
    private const int NamesShown = 6;

    /// <summary>Codes of one or two characters are all near each other.</summary>
    private const int ShortestCorrected = 3;

    private readonly Dictionary<ChoiceList, ChoiceNames> _names = [];
    private readonly HashSet<(ChoiceList List, string Value)> _looked = [];
    private readonly NearWords _words = new();

    /// <summary>Looks at all expressions.</summary>
    public void Run()
    {
        foreach (var one in form.Expressions)
        {
            if (one.Place == ExpressionPlace.ChoiceFilter)
            {
                continue;
            }

            _looked.Clear();
            foreach (var node in one.Parsed.Parts)
            {
                switch (node)
                {
                    case BinaryExpr { Operator: XPathOperator.Equal or XPathOperator.NotEqual } pair:
                        Check(one, pair.Left, pair.Right);
                        Check(one, pair.Right, pair.Left);
                        break;
                    case FunctionCall { Name: "selected", Arguments: [var select, var value] }:
                        Check(one, select, value);
                        break;
                    default:
                        break;
                }
            }
        }
    }

    private void Check(FormExpression one, XPathExpression select, XPathExpression value)
    {
        if (value is not (Literal or Number) || SelectOf(one, select) is not { Itemset.List: { } list } node)
        {
            return;
        }

        var text = value is Literal literal ? literal.Value : ((Number)value).Text;
        if (text.Length == 0
            || text.Contains("${", StringComparison.Ordinal)
            || node.Default == text
            || !_looked.Add((list, text))
            || text == "none" && form.Document.Settings.IsYes("add_none_option"))
        {
            return;
        }

        if (!_names.TryGetValue(list, out var names))
        {
            names = new ChoiceNames(list);
            _names.Add(list, names);
        }

        if (names.Has(text) || (value is Number number && names.HasNumber(number.Value)) || IsSeveral(node, names, text))
        {
            return;
        }

        var near = names.FindInOtherCase(text) ?? (text.Length >= ShortestCorrected ? _words.Nearest(text, names.All) : null);
        var known = names.All.Count <= NamesShown ? $" ({string.Join(", ", names.All)})" : "";
        advice.Add(
            DiagnosticCode.ChoiceUnknown,
            $"“{text}” is no choice of the list “{list.Name}”{known} that “{node.Name}” offers, so the comparison is the same " +
            "whatever is answered." + (near is null ? " Correct the value, or add the choice." : $" Did you mean “{near}”?"),
            one.Cell,
            near);
    }

    /// <summary>Finds the select that an expression reads; null when it is none or its answers can come from elsewhere.</summary>
    private FormNode? SelectOf(FormExpression one, XPathExpression select)
    {
        var node = select switch
        {
            QuestionReference { IsLastSaved: false } reference => form.Find(reference.Name),
            LocationPath { IsAbsolute: false, Steps: [{ Axis: XPathAxis.Self, IsPlain: true }] } when one.Place == ExpressionPlace.Constraint =>
                one.Node,
            _ => null,
        };
        return node is { Itemset: { Source: ItemsetSource.Instance, List: not null }, HasCalculation: false, IsDefaultDynamic: false }
            ? node
            : null;
    }

    /// <summary>A select_multiple and a rank answer with several names, each after a space.</summary>
    private static bool IsSeveral(FormNode node, ChoiceNames names, string text) =>
        node.Type?.Control != "select1" && text.Contains(' ', StringComparison.Ordinal) && text.Split(' ').All(names.Has);
}
