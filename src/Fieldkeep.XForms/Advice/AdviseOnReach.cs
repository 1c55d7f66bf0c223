using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XPath;

namespace Fieldkeep.XForms.Advice;

/// <summary>Tells questions that nobody can reach, and conditions on questions that come later.</summary>
internal static class AdviseOnReach
{
    /// <summary>Tells a relevance that is false whatever is answered.</summary>
    public static void NeverRelevant(FormReading form, AdviceList advice)
    {
        var hidden = new HashSet<FormNode>();
        foreach (var one in form.Expressions)
        {
            if (one is { Place: ExpressionPlace.Relevant, Parsed.Tree: { } tree, Node: { } node }
                && Constant(tree) is false
                && hidden.Add(node)
                && !IsInside(node, hidden))
            {
                var what = node.Kind == NodeKind.Question ? $"“{node.Name}” is" : $"“{node.Name}” and everything in it are";
                advice.Add(
                    DiagnosticCode.NeverRelevant,
                    $"{what} never shown: the condition is false whatever is answered. If that is meant so, all is well.",
                    one.Cell);
            }
        }
    }

    /// <summary>
    /// Tells a constraint that compares with a question asked later: it is usually still empty then, and no answer is
    /// accepted.
    /// </summary>
    public static void ConstraintsOnLater(FormReading form, AdviceList advice)
    {
        foreach (var one in form.Expressions)
        {
            if (one is not { Place: ExpressionPlace.Constraint, Parsed: { Names.Count: > 0, Parts: var parts }, Node: { } node }
                || AllowsEmpty(parts))
            {
                continue;
            }

            foreach (var name in Compared(parts).Distinct(StringComparer.Ordinal))
            {
                if (form.Find(name) is { } later && IsAskedLater(later, node))
                {
                    advice.Add(
                        DiagnosticCode.ConstraintLater,
                        $"The constraint of “{node.Name}” compares with ${{{name}}}, which is asked later (row {later.Row}) and is usually still " +
                        $"empty then, so no answer is accepted. Move the constraint to “{name}”, or allow an empty ${{{name}}}.",
                        one.Cell);
                }
            }
        }
    }

    private static bool IsInside(FormNode node, HashSet<FormNode> hidden)
    {
        for (var above = node.Parent; above is not null; above = above.Parent)
        {
            if (hidden.Contains(above))
            {
                return true;
            }
        }

        return false;
    }

    private static bool? Constant(XPathExpression tree) => tree switch
    {
        FunctionCall { Name: "true", Arguments: [] } => true,
        FunctionCall { Name: "false", Arguments: [] } => false,
        FunctionCall { Name: "not", Arguments: [var inner] } => !Constant(inner),
        Number number => number.Value != 0,
        BinaryExpr { Operator: XPathOperator.Equal, Left: Number left, Right: Number right } => left.Value.Equals(right.Value),
        BinaryExpr { Operator: XPathOperator.Equal, Left: Literal left, Right: Literal right } => left.Value == right.Value,
        _ => null,
    };

    /// <summary>Names the references that an order comparison needs a value of.</summary>
    private static IEnumerable<string> Compared(IEnumerable<XPathNode> parts) =>
        parts
            .OfType<BinaryExpr>()
            .Where(one => one.Operator is XPathOperator.Less or XPathOperator.LessOrEqual or XPathOperator.Greater or XPathOperator.GreaterOrEqual)
            .SelectMany(one => (XPathExpression[])[one.Left, one.Right])
            .OfType<QuestionReference>()
            .Where(one => !one.IsLastSaved)
            .Select(one => one.Name);

    /// <summary>An “or”, an “if” or a comparison with nothing is how authors allow for what is not answered yet.</summary>
    private static bool AllowsEmpty(IEnumerable<XPathNode> parts) =>
        parts.Any(node => node is BinaryExpr { Operator: XPathOperator.Or }
            or FunctionCall { Name: "if" or "coalesce" or "not" or "string-length" }
            or Literal { Value: "" });

    private static bool IsAskedLater(FormNode later, FormNode node) =>
        later.Row > node.Row
        && later is { Kind: NodeKind.Question, IsVisible: true, HasCalculation: false, Default: null }
        && later.Type?.Name != "note"
        && ReferenceEquals(later.RepeatAbove, node.RepeatAbove)
        && !AreOnOneScreen(later, node);

    private static bool AreOnOneScreen(FormNode one, FormNode other)
    {
        var group = one.Parent;
        while (group is not null && !other.IsBelow(group))
        {
            group = group.Parent;
        }

        // What is above the innermost common group holds both as well.
        while (group is not null && group.ControlValue("appearance")?.Contains("field-list", StringComparison.Ordinal) != true)
        {
            group = group.Parent;
        }

        return group is not null;
    }
}
