using System.Text;

namespace Fieldkeep.XForms.XPath;

/// <summary>
/// Writes a tree as text with the short forms of XPath, single spaces around operators, and parentheses only where they
/// are needed. Parsing what it writes gives an equal tree.
/// </summary>
public static class XPathPrinter
{
    /// <summary>Writes an expression or a part of one.</summary>
    public static string Print(XPathNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        var text = new StringBuilder();
        Append(text, node);
        return text.ToString();
    }

    private static void Append(StringBuilder text, XPathNode node)
    {
        switch (node)
        {
            case BinaryExpr binary:
                AppendBinary(text, binary);
                break;
            case UnaryExpr unary:
                text.Append('-');
                AppendInside(text, unary.Operand, XPathOperators.Negation);
                break;
            case LocationPath path:
                AppendSteps(text, path.Steps, path.IsAbsolute);
                break;
            case PathExpr path:
                AppendPrimary(text, path.Filter);
                AppendSteps(text, path.Steps, true);
                break;
            case FilterExpr filter:
                AppendPrimary(text, filter.Primary, isInFilter: true);
                AppendAll(text, filter.Predicates, "");
                break;
            case FunctionCall call:
                AppendAll(text.Append(call.Name).Append('('), call.Arguments, ", ");
                text.Append(')');
                break;
            case Literal literal:
                AppendLiteral(text, literal.Value);
                break;
            case Number number:
                text.Append(number.Text);
                break;
            case VariableReference variable:
                text.Append('$').Append(variable.Name);
                break;
            case QuestionReference reference:
                text.Append(reference.IsLastSaved ? "${last-saved#" : "${").Append(reference.Name).Append('}');
                break;
            case LocationStep step:
                AppendStep(text, step);
                break;
            case Predicate predicate:
                text.Append('[');
                Append(text, predicate.Condition);
                text.Append(']');
                break;
            case NameTest test:
                text.Append(test.Name);
                break;
            case NodeTypeTest test:
                text.Append(test.Type).Append('(');
                if (test.Target is not null)
                {
                    AppendLiteral(text, test.Target);
                }

                text.Append(')');
                break;
            default:
                throw new ArgumentException($"A {node.GetType().Name} is no part of XPath 1.0.", nameof(node));
        }
    }

    /// <summary>Walks down the left side first: <c>a + a + a …</c> can be as long as a cell.</summary>
    private static void AppendBinary(StringBuilder text, BinaryExpr binary)
    {
        var chain = new Stack<BinaryExpr>();
        XPathExpression left = binary;
        while (left is BinaryExpr one
            && (chain.Count == 0 || BindingOf(one) >= BindingOf(chain.Peek())))
        {
            chain.Push(one);
            left = one.Left;
        }

        AppendInside(text, left, BindingOf(chain.Peek()));
        while (chain.TryPop(out var next))
        {
            text.Append(' ').Append(XPathOperators.TextOf(next.Operator)).Append(' ');
            AppendInside(text, next.Right, BindingOf(next) + 1);
        }
    }

    /// <summary>A slash alone is enclosed: <c>/ * 2</c> and <c>/ div 2</c> would be read as paths to * and div.</summary>
    private static void AppendInside(StringBuilder text, XPathExpression inner, int weakest)
    {
        var isEnclosed = BindingOf(inner) < weakest || inner is LocationPath { IsAbsolute: true, Steps: [] };
        text.Append(isEnclosed ? "(" : "");
        Append(text, inner);
        text.Append(isEnclosed ? ")" : "");
    }

    /// <summary>Puts parentheses around what cannot stand before a bracket or slash by itself.</summary>
    private static void AppendPrimary(StringBuilder text, XPathExpression primary, bool isInFilter = false)
    {
        var isPrimary = primary is FunctionCall or Literal or Number or VariableReference or QuestionReference
            || (primary is FilterExpr && !isInFilter);
        AppendInside(text, primary, isPrimary ? 0 : int.MaxValue);
    }

    private static void AppendSteps(StringBuilder text, IReadOnlyList<LocationStep> steps, bool startsWithSlash)
    {
        var slash = startsWithSlash ? "/" : "";
        for (var i = 0; i < steps.Count; i++)
        {
            var isDoubleSlash = steps[i] is { Axis: XPathAxis.DescendantOrSelf, IsPlain: true }
                && slash == "/"
                && i + 1 < steps.Count;
            if (isDoubleSlash)
            {
                text.Append("//");
                slash = "";
                continue;
            }

            text.Append(slash);
            AppendStep(text, steps[i]);
            slash = "/";
        }

        text.Append(startsWithSlash && steps.Count == 0 ? "/" : "");
    }

    private static void AppendStep(StringBuilder text, LocationStep step)
    {
        if (step is { IsPlain: true, Axis: XPathAxis.Self or XPathAxis.Parent })
        {
            text.Append(step.Axis == XPathAxis.Self ? "." : "..");
            return;
        }

        text.Append(step.Axis switch
        {
            XPathAxis.Child => "",
            XPathAxis.Attribute => "@",
            _ => XPathAxes.NameOf(step.Axis) + "::",
        });
        Append(text, step.Test);
        AppendAll(text, step.Predicates, "");
    }

    private static void AppendAll(StringBuilder text, IReadOnlyList<XPathNode> nodes, string between)
    {
        for (var i = 0; i < nodes.Count; i++)
        {
            text.Append(i == 0 ? "" : between);
            Append(text, nodes[i]);
        }
    }

    /// <summary>Chooses the quote the text does not hold; a text with both, which no expression can hold, is joined.</summary>
    private static void AppendLiteral(StringBuilder text, string value)
    {
        if (!value.Contains('\'', StringComparison.Ordinal))
        {
            text.Append('\'').Append(value).Append('\'');
        }
        else if (!value.Contains('"', StringComparison.Ordinal))
        {
            text.Append('"').Append(value).Append('"');
        }
        else
        {
            text.Append("concat('").AppendJoin("', \"'\", '", value.Split('\'')).Append("')");
        }
    }

    private static int BindingOf(XPathExpression expression) => expression switch
    {
        BinaryExpr binary => XPathOperators.BindingOf(binary.Operator),
        UnaryExpr => XPathOperators.Negation,
        _ => XPathOperators.Path,
    };
}
