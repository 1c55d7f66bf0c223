using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Xml;
using Fieldkeep.XForms.XPath;

namespace Fieldkeep.XForms.Confidentiality;

/// <summary>
/// Finds the nodes an expression of a form reads the values of. Where a text leaves doubt it names too many rather than too
/// few; what only counts or numbers rows reads no value. A group or repeat that is named stands for all that is inside.
/// </summary>
internal sealed class FormReads
{
    private const string LastSaved = "jr://instance/last-saved";

    // A form with 100,000 questions reads some hundred thousand nodes; one made to wear the server out is taken to read everything.
    private const int MaxSteps = 4_000_000;

    private readonly XForm _form;
    private readonly Dictionary<string, FormElement> _parents = new(StringComparer.Ordinal);
    private readonly ILookup<string, FormElement> _byName;
    private readonly HashSet<string> _lastSaved;
    private readonly Dictionary<string, string?> _sources = new(StringComparer.Ordinal);
    private readonly ILookup<(string Dataset, string Property), string> _properties;
    private readonly ILookup<string, string> _datasets;
    private int _steps = MaxSteps;

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
        foreach (var instance in form.SecondaryInstances)
        {
            _sources.TryAdd(instance.Id, instance.Source);
        }

        var properties = form.Entities
            .SelectMany(entity => entity.Properties.Select(property => (entity.Dataset, property.Name, property.Path))).ToList();
        _properties = properties.ToLookup(pair => (pair.Dataset, pair.Name), pair => pair.Path);
        _datasets = properties.ToLookup(pair => pair.Dataset, pair => pair.Path);
    }

    /// <summary>Lists what an expression at a node reads, each once.</summary>
    public IReadOnlyCollection<string> Of(string expression, string context)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        if (XPathParser.TryParse(expression, out var tree, out _))
        {
            Read(tree, At(context), found);
        }
        else
        {
            ReadWords(expression, found);
        }

        if (_steps <= 0)
        {
            found.Add(_form.Root.Path);
        }

        return found;
    }

    /// <summary>Lists what a question's choices and their values are made of.</summary>
    public IReadOnlyCollection<string> OfChoices(QuestionElement question)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        if (question.ChoicesExpression is { } choices)
        {
            found.UnionWith(Of(choices, question.Path));
        }

        if (question.Appearance is { } appearance && appearance.IndexOf("search", StringComparison.Ordinal) is >= 0 and var at
            && appearance.IndexOf('(', at) is > 0 and var open && appearance.LastIndexOf(')') is var end && end > open)
        {
            found.UnionWith(Of($"search{appearance[open..(end + 1)]}", question.Path));
        }

        // A list of the form's own questions' names is no reading of itself.
        found.Remove(question.Path);
        return found;
    }

    /// <summary>Lists what a condition wants the node's own value to equal: whoever sees that it was met has read it.</summary>
    public IReadOnlyCollection<string> OfEqualities(string condition, string context)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        if (XPathParser.TryParse(condition, out var tree, out _))
        {
            foreach (var equality in tree.DescendantsAndSelf().OfType<BinaryExpr>().Where(one => one.Operator == XPathOperator.Equal))
            {
                var own = new HashSet<string>(StringComparer.Ordinal);
                Read(equality, At(context), own);
                if (own.Remove(context))
                {
                    found.UnionWith(own);
                }
            }
        }

        return found;
    }

    private HashSet<FormElement> At(string context) => new(ReferenceEqualityComparer.Instance) { _form.Find(context) ?? _form.Root };

    /// <summary>Walks an expression without calling itself along its chains, which can be as long as a cell.</summary>
    private void Read(XPathExpression tree, HashSet<FormElement> context, HashSet<string> found)
    {
        var waiting = new Stack<(XPathNode Node, bool OnlyCounts)>([(tree, false)]);
        while (waiting.TryPop(out var next))
        {
            if (--_steps <= 0)
            {
                found.Add(_form.Root.Path);
                return;
            }

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
                case FilterExpr filter:
                    waiting.Push((filter.Primary, false));
                    ReadConditions(filter.Predicates, context, found);
                    continue;
                case FunctionCall { Name: "instance" }:
                    // Of a name that is computed.
                    found.Add(_form.Root.Path);
                    break;
                case FunctionCall { Name: "pulldata", Arguments: [var list, var column, ..] }:
                    AddProperties(list, column, found);
                    break;
                case QuestionReference reference:
                    AddNamed(reference.Name, found);
                    continue;
                case Literal { Value: var text } when text.Trim() is ['/', ..] path && _form.Find(XFormPaths.Resolve(path, "/")) is { } named:
                    found.Add(named.Path);
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
        IReadOnlyList<LocationStep> steps, HashSet<FormElement>? start, HashSet<FormElement> current, bool onlyCounts, HashSet<string> found)
    {
        var at = start;
        foreach (var step in steps)
        {
            at = Step(at, step);
            foreach (var predicate in step.Predicates)
            {
                // A relative path in a condition starts at the step; written without current() some clients start at the question.
                var both = new HashSet<FormElement>(at, ReferenceEqualityComparer.Instance);
                both.UnionWith(current);
                _steps -= both.Count;
                Read(predicate.Condition, both, found);
            }
        }

        // How many rows there are is open; whether a question has a text is not.
        foreach (var element in at ?? [])
        {
            if (!onlyCounts || element is QuestionElement)
            {
                found.Add(element.Path);
            }
        }
    }

    private void WalkInstance(
        string id, IReadOnlyList<LocationStep> steps, HashSet<FormElement> context, bool onlyCounts, HashSet<string> found)
    {
        if (_lastSaved.Contains(id) || !_sources.TryGetValue(id, out var source))
        {
            // An id no other instance has is that of the form's own.
            Walk(steps, null, context, onlyCounts, found);
            if (steps is not [{ Axis: XPathAxis.Child, Test: NameTest root }, ..] || Local(root.Name) != _form.Root.Name)
            {
                found.Add(_form.Root.Path);
            }

            return;
        }

        foreach (var dataset in (string[])[id, StemOf(source)])
        {
            foreach (var test in steps.SelectMany(step => step.DescendantsAndSelf().OfType<NodeTest>().Where(test => test is not NodeTypeTest { Type: "text" })))
            {
                AddProperty(dataset, test is NameTest named ? Local(named.Name) : "*", found);
            }
        }

        foreach (var predicate in steps.SelectMany(step => step.Predicates))
        {
            Read(predicate.Condition, context, found);
        }
    }

    private void AddProperties(XPathExpression list, XPathExpression column, HashSet<string> found)
    {
        foreach (var dataset in list is Literal named ? [StemOf(named.Value)] : _datasets.Select(all => all.Key))
        {
            AddProperty(dataset, column is Literal property ? property.Value : "*", found);
        }
    }

    private void AddProperty(string dataset, string property, HashSet<string> found) =>
        found.UnionWith(property == "*" ? _datasets[dataset] : _properties[(dataset, property)]);

    private void ReadLoosely(IReadOnlyList<LocationStep> steps, HashSet<FormElement> context, HashSet<string> found)
    {
        foreach (var step in steps)
        {
            if (step.Test is NameTest test)
            {
                AddNamed(Local(test.Name), found);
            }

            ReadConditions(step.Predicates, context, found);
        }

        if (steps is [.., { Test: not NameTest }])
        {
            found.Add(_form.Root.Path);
        }
    }

    /// <summary>Reads conditions on nodes that are unknown here: every name in them may be meant.</summary>
    private void ReadConditions(IReadOnlyList<Predicate> conditions, HashSet<FormElement> context, HashSet<string> found)
    {
        foreach (var condition in conditions)
        {
            Read(condition.Condition, context, found);
            foreach (var step in condition.DescendantsAndSelf().OfType<LocationStep>())
            {
                if (step.Test is NameTest named)
                {
                    AddNamed(Local(named.Name), found);
                }
                else if (step.Axis is not (XPathAxis.Self or XPathAxis.Parent) && step.Test is not NodeTypeTest { Type: "text" })
                {
                    found.Add(_form.Root.Path);
                }
            }
        }
    }

    private HashSet<FormElement> Step(HashSet<FormElement>? from, LocationStep step)
    {
        var name = step.Test is NameTest test && Local(test.Name) is not "*" and var local ? local : null;
        var reached = (step.Axis, from) switch
        {
            (XPathAxis.Child, null) => (IEnumerable<FormElement>)[_form.Root],
            (XPathAxis.Child, _) when name is not null => from.Select(element => _form.Find($"{element.Path}/{name}")).OfType<FormElement>(),
            (XPathAxis.Child, _) => from.SelectMany(element => step.Test is NodeTypeTest { Type: "text" } ? [element] : element.Children),
            (XPathAxis.Parent, not null) => from.Select(element => _parents.GetValueOrDefault(element.Path) ?? _form.Root),
            (XPathAxis.Self or XPathAxis.Attribute, not null) => from,
            (XPathAxis.Descendant or XPathAxis.DescendantOrSelf, not null) => from.SelectMany(Below),
            _ => name is null ? _form.ListElements() : _byName[name],
        };
        var found = new HashSet<FormElement>(ReferenceEqualityComparer.Instance);
        foreach (var element in reached)
        {
            if (--_steps <= 0)
            {
                // As if it read everything.
                return new HashSet<FormElement>(ReferenceEqualityComparer.Instance) { _form.Root };
            }

            if (step.Axis == XPathAxis.Attribute || name is null || element.Name == name)
            {
                found.Add(element);
            }
        }

        return found;
    }

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

    private void AddNamed(string name, HashSet<string> found)
    {
        if (name == "*" || --_steps <= 0)
        {
            found.Add(_form.Root.Path);
            return;
        }

        foreach (var element in _byName[name])
        {
            _steps--;
            found.Add(element.Path);
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

    /// <summary>Gives the name of a list's file without folder and ending: a list of entities is <c>people.csv</c>.</summary>
    private static string StemOf(string? source)
    {
        var name = source?.Trim() ?? "";
        name = name[(name.LastIndexOf('/') + 1)..];
        return name.LastIndexOf('.') is > 0 and var dot ? name[..dot] : name;
    }

    private static string Local(string name) => name[(name.LastIndexOf(':') + 1)..];
}
