using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XPath;

namespace Fieldkeep.XForms.Advice;

/// <summary>
/// Tells expressions that wait for each other. ODK Collect refuses such a form (“Cycle detected in form's relevant and
/// calculation logic!”). As there, the circle may go through calculations, relevance, required and read-only, and what a
/// group's relevance or read-only decides, it decides for everything inside. Constraints, filters, defaults and
/// calculations with a trigger do not take part.
/// </summary>
internal sealed class AdviseOnCircles
{
    private readonly FormReading _form;
    private readonly List<FormExpression> _expressions;
    private readonly Dictionary<FormNode, int> _nodes = [];
    private readonly List<int>[] _next;

    private AdviseOnCircles(FormReading form)
    {
        _form = form;
        _expressions = [.. form.Expressions.Where(IsTriggered)];
        foreach (var node in form.Root.SelfAndDescendants())
        {
            _nodes.Add(node, _nodes.Count);
        }

        _next = new List<int>[_expressions.Count + 2 * _nodes.Count];
    }

    /// <summary>Tells one circle of each set of expressions that depend on each other.</summary>
    public static void Run(FormReading form, AdviceList advice)
    {
        // What reads only earlier rows decides only itself and later ones: such a form, the usual one, has no circle.
        if (!form.Expressions.Any(one => IsTriggered(one) && MayReadOnwards(form, one)))
        {
            return;
        }

        var circles = new AdviseOnCircles(form);
        circles.Connect();
        foreach (var parts in StrongParts.Of(circles._next))
        {
            var first = parts.Where(part => part < circles._expressions.Count).DefaultIfEmpty(-1).Min();
            if (first >= 0)
            {
                circles.Report(first, parts.ToHashSet(), advice);
            }
        }
    }

    private static bool MayReadOnwards(FormReading form, FormExpression one)
    {
        foreach (var name in one.Parsed.Names)
        {
            if (form.Find(name) is { } read && read.Row >= one.Row)
            {
                return true;
            }
        }

        return one.Parsed.Parts.Any(IsDot);
    }

    private static bool IsTriggered(FormExpression one) =>
        one is { Parsed.Tree: not null, Node: { } node }
        && (one.Place is ExpressionPlace.Relevant or ExpressionPlace.Required or ExpressionPlace.ReadOnly
            || (one.Place == ExpressionPlace.Calculation && node.Triggers.Count == 0));

    /// <summary>A group stands for itself and, once more, for itself with everything inside.</summary>
    private void Connect()
    {
        foreach (var (node, index) in _nodes)
        {
            if (node.Children.Count > 0)
            {
                Add(Whole(node, index), Self(index));
            }

            foreach (var child in node.Children)
            {
                Add(Whole(node, index), Whole(child, _nodes[child]));
            }
        }

        for (var i = 0; i < _expressions.Count; i++)
        {
            var one = _expressions[i];
            if (one.Node is null || !_nodes.TryGetValue(one.Node, out var target))
            {
                continue;
            }

            Add(i, one.Place is ExpressionPlace.Relevant or ExpressionPlace.ReadOnly ? Whole(one.Node, target) : Self(target));
            foreach (var read in ReadBy(one))
            {
                if (_nodes.TryGetValue(read, out var source))
                {
                    Add(Self(source), i);
                }
            }
        }
    }

    private IEnumerable<FormNode> ReadBy(FormExpression one)
    {
        foreach (var name in one.Parsed.Names)
        {
            if (_form.Find(name) is { } node)
            {
                yield return node;
            }
        }

        // A dot inside a predicate is another node; only one outside is the question itself.
        if (one.Node is not null && one.Parsed.Tree is { } tree && one.Parsed.Parts.Any(IsDot) && ReadsItself(tree))
        {
            yield return one.Node;
        }
    }

    private static bool IsDot(XPathNode part) =>
        part is LocationPath { IsAbsolute: false, Steps: [{ Axis: XPathAxis.Self, IsPlain: true }] };

    private static bool ReadsItself(XPathExpression tree)
    {
        var waiting = new Stack<XPathNode>([tree]);
        while (waiting.TryPop(out var node))
        {
            if (IsDot(node))
            {
                return true;
            }

            foreach (var child in node is FunctionCall { Name: "once" or "position" } ? [] : node.Children)
            {
                if (child is not Predicate and not LocationStep)
                {
                    waiting.Push(child);
                }
            }
        }

        return false;
    }

    private void Report(int first, HashSet<int> parts, AdviceList advice)
    {
        var names = PathBackTo(first, parts);
        var one = _expressions[first];
        var message = names.Count == 1
            ? $"The {WordOf(one.Place)} of “{names[0]}” depends on itself. ODK Collect does not open such a form: " +
              $"leave “{names[0]}” and what it decides out of the expression."
            : $"The {WordOf(one.Place)} of “{names[0]}” depends on itself: {string.Join(" → ", names.Append(names[0]))}. ODK Collect does not " +
              "open such a form. Break the circle at one of them.";
        advice.Add(DiagnosticCode.Circular, message, one.Cell);
    }

    /// <summary>Finds a shortest circle and names the questions and groups whose expressions it goes through.</summary>
    private List<string> PathBackTo(int first, HashSet<int> parts)
    {
        var cameFrom = new Dictionary<int, int>();
        var waiting = new Queue<int>([first]);
        while (waiting.TryDequeue(out var at))
        {
            foreach (var next in _next[at] ?? [])
            {
                if (parts.Contains(next) && cameFrom.TryAdd(next, at))
                {
                    waiting.Enqueue(next);
                }
            }
        }

        var names = new List<string>();
        for (var at = first; names.Count == 0 || at != first; at = cameFrom[at])
        {
            if (at < _expressions.Count && _expressions[at].Node is { } node)
            {
                names.Add(node.Name);
            }
        }

        return names;
    }

    private static string WordOf(ExpressionPlace place) => place switch
    {
        ExpressionPlace.Relevant => "relevance",
        ExpressionPlace.Required => "required condition",
        ExpressionPlace.ReadOnly => "read-only condition",
        _ => "calculation",
    };

    private int Self(int node) => _expressions.Count + node;

    private int Whole(FormNode node, int index) => Self(index) + (node.Children.Count > 0 ? _nodes.Count : 0);

    private void Add(int from, int to) => (_next[from] ??= []).Add(to);
}
