using Fieldkeep.XForms.XPath;

namespace Fieldkeep.XForms.Tests.XPath;

/// <summary>Writes a tree with every node in parentheses, so that a test can say which tree it means.</summary>
internal static class Outline
{
    public static string Of(string text)
    {
        Xunit.Assert.True(XPathParser.TryParse(text, out var tree, out var error), error?.Message);
        return Of(tree);
    }

    public static string Of(XPathNode node) => node switch
    {
        BinaryExpr one => $"({one.Operator} {Of(one.Left)} {Of(one.Right)})",
        UnaryExpr one => $"(Minus {Of(one.Operand)})",
        LocationPath one => $"({(one.IsAbsolute ? "Root" : "Path")}{All(one.Steps)})",
        PathExpr one => $"(From {Of(one.Filter)}{All(one.Steps)})",
        FilterExpr one => $"(Filter {Of(one.Primary)}{All(one.Predicates)})",
        FunctionCall one => $"({one.Name}(){All(one.Arguments)})",
        Literal one => $"“{one.Value}”",
        Number one => one.Text,
        VariableReference one => $"${one.Name}",
        QuestionReference one => one.IsLastSaved ? $"{{last {one.Name}}}" : $"{{{one.Name}}}",
        LocationStep one => $"{one.Axis}:{Of(one.Test)}{string.Concat(one.Predicates.Select(Of))}",
        Predicate one => $"[{Of(one.Condition)}]",
        NameTest one => one.Name,
        NodeTypeTest one => one.Target is null ? $"{one.Type}()" : $"{one.Type}({one.Target})",
        _ => throw new ArgumentException(node.GetType().Name, nameof(node)),
    };

    private static string All(IEnumerable<XPathNode> nodes) => string.Concat(nodes.Select(node => " " + Of(node)));
}
