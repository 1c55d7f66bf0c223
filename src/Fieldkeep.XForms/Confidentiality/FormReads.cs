using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Xml;
using Fieldkeep.XForms.XPath;

namespace Fieldkeep.XForms.Confidentiality;

/// <summary>
/// Finds the nodes an expression of a form reads the values of. Where a text leaves doubt it names too many rather than too
/// few; what only counts or numbers nodes reads no value.
/// </summary>
internal sealed class FormReads
{
    private const string LastSaved = "jr://instance/last-saved";

    private readonly XForm _form;
    private readonly Dictionary<string, FormElement> _parents = new(StringComparer.Ordinal);
    private readonly ILookup<string, FormElement> _byName;
    private readonly HashSet<string> _lastSaved;
    private readonly ILookup<(string Dataset, string Property), string> _properties;

    public FormReads(XForm form)
    {
        _form = form;
        _byName = form.ListElements().ToLookup(element => element.Name, StringComparer.Ordinal);
        foreach (var element in form.ListElements())
        {
            foreach (var child in element.Children)
            {
                _parents[child.Path] = element;
            }
        }

        _lastSaved = form.SecondaryInstances
            .Where(instance => instance.Source?.Trim() == LastSaved).Select(instance => instance.Id).ToHashSet(StringComparer.Ordinal);
        _properties = form.Entities
            .SelectMany(entity => entity.Properties.Select(property => (Key: (entity.Dataset, property.Name), property.Path)))
            .ToLookup(pair => pair.Key, pair => pair.Path);
    }

    /// <summary>Lists the questions an expression at a node reads, each once.</summary>
    public IReadOnlyCollection<string> Of(string expression, string context)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        if (XPathParser.TryParse(expression, out var tree, out _))
        {
            Read(tree, [_form.Find(context) ?? _form.Root], found);
        }
        else
        {
            ReadWords(expression, found);
        }

        return found;
    }

    /// <summary>Walks an expression without calling itself along its chains, which can be as long as a cell.</summary>
    private void Read(XPathExpression tree, IReadOnlyCollection<FormElement> context, HashSet<string> found)
    {
        var waiting = new Stack<(XPathNode Node, bool OnlyCounts)>([(tree, false)]);
        while (waiting.TryPop(out var next))
        {
            switch (next.Node)
            {
                case LocationPath path:
                    Walk(path.Steps, path.IsAbsolute ? null : context, context, next.OnlyCounts, found);
                    continue;
                case PathExpr { Filter: FunctionCall { Name: "instance", Arguments: [Literal id] } } path:
                    WalkInstance(id.Value, path.Steps, context, next.OnlyCounts, found);
                    continue;
                case PathExpr { Filter: FunctionCall { Name: "current", Arguments: [] } } path:
                    Walk(path.Steps, context, context, next.OnlyCounts, found);
                    continue;
                case PathExpr path:
                    // What is found before the slash is unknown here: any node of the last name may be meant.
                    waiting.Push((path.Filter, false));
                    ReadLoosely(path.Steps, context, found);
                    continue;
                case QuestionReference reference:
                    AddNamed(reference.Name, found);
                    continue;
                case Literal { Value: var text } when text.Trim() is ['/', ..] path && _form.Find(XFormPaths.Resolve(path, "/")) is { } named:
                    AddBelow(named, found);
                    continue;
            }

            var counts = next.Node is FunctionCall { Name: "count" or "position" or "last" };
            foreach (var child in next.Node.Children)
            {
                waiting.Push((child, counts && child is LocationPath or PathExpr));
            }
        }
    }

    /// <summary>Follows the steps of a path in the form's own instance; null starts above its root.</summary>
    private void Walk(
        IReadOnlyList<LocationStep> steps,
        IReadOnlyCollection<FormElement>? start,
        IReadOnlyCollection<FormElement> current,
        bool onlyCounts,
        HashSet<string> found)
    {
        var at = start;
        foreach (var step in steps)
        {
            at = Step(at, step);
            foreach (var predicate in step.Predicates)
            {
                // A relative path in a condition starts at the step; written without current() some clients start at the question.
                Read(predicate.Condition, [.. at, .. current], found);
            }
        }

        foreach (var element in onlyCounts ? [] : at ?? [])
        {
            AddBelow(element, found);
        }
    }

    private void WalkInstance(
        string id, IReadOnlyList<LocationStep> steps, IReadOnlyCollection<FormElement> context, bool onlyCounts, HashSet<string> found)
    {
        if (_lastSaved.Contains(id))
        {
            Walk(steps, null, context, onlyCounts, found);
            return;
        }

        foreach (var step in steps)
        {
            foreach (var path in step.Test is NameTest test ? _properties[(id, Local(test.Name))] : [])
            {
                found.Add(path);
            }

            foreach (var predicate in step.Predicates)
            {
                foreach (var test in predicate.DescendantsAndSelf().OfType<NameTest>())
                {
                    found.UnionWith(_properties[(id, Local(test.Name))]);
                }

                Read(predicate.Condition, context, found);
            }
        }
    }

    private void ReadLoosely(IReadOnlyList<LocationStep> steps, IReadOnlyCollection<FormElement> context, HashSet<string> found)
    {
        foreach (var step in steps)
        {
            if (step.Test is NameTest test)
            {
                AddNamed(Local(test.Name), found);
            }

            foreach (var predicate in step.Predicates)
            {
                Read(predicate.Condition, context, found);
            }
        }
    }

    private HashSet<FormElement> Step(IReadOnlyCollection<FormElement>? from, LocationStep step)
    {
        var name = step.Test is NameTest test ? Local(test.Name) : null;
        var reached = (step.Axis, from) switch
        {
            (XPathAxis.Child, null) => (IEnumerable<FormElement>)[_form.Root],
            (XPathAxis.Child, _) => from.SelectMany(element => ChildrenOf(element, step.Test)),
            (XPathAxis.Parent, not null) => from.Select(element => _parents.GetValueOrDefault(element.Path) ?? _form.Root),
            (XPathAxis.Self or XPathAxis.Attribute, not null) => from,
            (XPathAxis.Descendant or XPathAxis.DescendantOrSelf, not null) => from.SelectMany(Below),
            _ => _form.ListElements(),
        };
        return step.Axis == XPathAxis.Attribute || name is null or "*"
            ? new HashSet<FormElement>(reached, ReferenceEqualityComparer.Instance)
            : new HashSet<FormElement>(reached.Where(element => element.Name == name), ReferenceEqualityComparer.Instance);
    }

    private static IEnumerable<FormElement> ChildrenOf(FormElement element, NodeTest test) =>
        test is NodeTypeTest { Type: "text" } ? [element] : element.Children;

    private static IEnumerable<FormElement> Below(FormElement element)
    {
        var waiting = new Stack<FormElement>([element]);
        while (waiting.TryPop(out var next))
        {
            yield return next;
            foreach (var child in next.Children)
            {
                waiting.Push(child);
            }
        }
    }

    private static void AddBelow(FormElement element, HashSet<string> found)
    {
        foreach (var below in Below(element))
        {
            if (below is QuestionElement)
            {
                found.Add(below.Path);
            }
        }
    }

    private void AddNamed(string name, HashSet<string> found)
    {
        foreach (var element in name == "*" ? _form.ListElements() : _byName[name])
        {
            AddBelow(element, found);
        }
    }

    /// <summary>Reads a text that is no expression: every name in it counts.</summary>
    private void ReadWords(string text, HashSet<string> found)
    {
        for (var at = 0; at < text.Length;)
        {
            var length = XmlNames.NcNameLength(text.AsSpan(at));
            if (length > 0)
            {
                AddNamed(text.Substring(at, length), found);
            }

            at += Math.Max(length, 1);
        }
    }

    private static string Local(string name) => name[(name.LastIndexOf(':') + 1)..];
}
