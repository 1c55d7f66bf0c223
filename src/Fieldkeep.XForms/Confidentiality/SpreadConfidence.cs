using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Confidentiality;

/// <summary>Follows the marks of a form to what belongs to a marked node and to what is made of it.</summary>
internal sealed class SpreadConfidence
{
    private const string OtherSuffix = "_other";

    // Without them the server could not tell one submission from another; they are made by the device and say nothing.
    private static readonly string[] Identity = ["instanceID", "deprecatedID", "rootUuid"];

    private readonly XForm _form;
    private readonly FormReads _reads;
    private readonly IReadOnlyList<ConfidentialFlag> _beside;
    private readonly Dictionary<string, ConfidentialFlag> _flags = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ConfidentialNode> _found = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _holding = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _readers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _sources = new(StringComparer.Ordinal);
    private readonly HashSet<string> _kept = new(StringComparer.Ordinal);
    private readonly HashSet<string> _identity = new(StringComparer.Ordinal);
    private readonly HashSet<string> _repeats = new(StringComparer.Ordinal);
    private readonly HashSet<string> _wholes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);
    private readonly Queue<string> _waiting = new();

    public SpreadConfidence(XForm form, IReadOnlyCollection<ConfidentialFlag> beside)
    {
        _form = form;
        _reads = new FormReads(form);
        _beside = [.. beside];
        foreach (var flag in beside)
        {
            // Of two for one node the one that protects more counts.
            if (!_flags.TryGetValue(flag.Path, out var known) || known.IsDeclassified
                || (!flag.IsDeclassified && known.Radius is { } radius && !(flag.Radius < radius)))
            {
                _flags[flag.Path] = flag;
            }
        }
    }

    public ConfidentialPlan Run()
    {
        _repeats.UnionWith(_form.ListElements().OfType<RepeatElement>().Where(repeat => repeat.Children.Count > 0).Select(repeat => repeat.Path));
        Inherit();
        Derive();
        AddWitnesses();
        var order = _form.ListElements().ToDictionary(element => element.Path, element => element.Order, StringComparer.Ordinal);
        var made = ListMade();
        var nodes = _found.Values.OrderBy(node => order[ElementOf(node.Path)]).ThenBy(node => node.Path, StringComparer.Ordinal)
            .Select(node => made.Contains(node.Path) ? node with { IsMade = true, Sources = SourcesOf(node.Path) } : node);
        return new ConfidentialPlan([.. nodes], [.. new FindHints(_form, _reads, _found, _holding).Run()], new PlanShape(_repeats, _wholes, _wholes.Count == 0 ? [] : _open))
        {
            Faults = [.. ListFaults()],
        };
    }

    /// <summary>Marks what is marked, and everything inside.</summary>
    private void Inherit()
    {
        var meta = $"{_form.Root.Path}/meta";
        _identity.UnionWith(Identity.Select(name => $"{meta}/{name}"));
        _kept.UnionWith(_identity);
        var waiting = new Stack<(FormElement Element, string? From)>([(_form.Root, null)]);
        while (waiting.TryPop(out var next))
        {
            var (element, from) = next;
            var flag = _flags.GetValueOrDefault(element.Path);
            var isMarked = flag is null ? element.IsConfidential : !flag.IsDeclassified;
            if (flag is { IsDeclassified: true })
            {
                _kept.Add(element.Path);
                from = null;
            }

            if (_kept.Contains(element.Path))
            {
                _open.Add(element.Path);
            }

            if (element.Children.Count == 0)
            {
                if (isMarked)
                {
                    Add(element, ConfidentialCause.Marked, null, flag is null ? element.ConfidentialRadius : flag.Radius);
                }
                else if (from is not null)
                {
                    Add(element, ConfidentialCause.Inherited, from, null);
                }

                continue;
            }

            // Phones add to meta what no form names, such as the id of the version before.
            if ((isMarked || from is not null) && element.Path != meta)
            {
                _wholes.Add(element.Path);
            }

            foreach (var child in element.Children)
            {
                waiting.Push((child, isMarked ? element.Path : from));
            }
        }

        if (_wholes.Contains(_form.Root.Path) && _form.Find(meta) is null)
        {
            _open.Add(meta);
        }
    }

    /// <summary>The question for “other, specify” belongs to its select.</summary>
    private void AddOther(QuestionElement select)
    {
        if (select.SelectKind is not null && _form.Find(select.Path + OtherSuffix) is QuestionElement other
            && other.Relevant is { } relevant && _reads.Of(relevant, other.Path).Contains(select.Path))
        {
            Add(other, ConfidentialCause.Inherited, select.Path, null);
        }
    }

    /// <summary>Marks what reads a confidential answer, and what reads that, until nothing is added: circles end by themselves.</summary>
    private void Derive()
    {
        foreach (var calculation in _form.Calculations)
        {
            AddReads(_reads.Of(calculation.Expression, ElementOf(calculation.Path)), calculation.Path);
        }

        foreach (var question in _form.ListElements().OfType<QuestionElement>())
        {
            AddReads(_reads.OfChoices(question), question.Path);
            AddReads(question.Constraint is null ? [] : _reads.OfEqualities(question.Constraint, question.Path), question.Path);
        }

        foreach (var action in _form.Actions)
        {
            AddReads(Read(action.Value, ElementOf(action.Target)), action.Target);
            if (action.Trigger is { } trigger)
            {
                AddReads(Read(action.Value, trigger), action.Target);

                // When an answer was given, and where, is as confidential as the answer.
                if (_form.Find(trigger) is QuestionElement)
                {
                    AddReads([trigger], action.Target);
                }
            }
        }

        while (_waiting.TryDequeue(out var read))
        {
            foreach (var reader in _readers.GetValueOrDefault(read) ?? [])
            {
                AddMade(reader, _holding[read]);
            }
        }
    }

    private IReadOnlyCollection<string> Read(string? expression, string context) =>
        string.IsNullOrWhiteSpace(expression) ? [] : _reads.Of(expression, context);

    private void AddReads(IEnumerable<string> read, string target)
    {
        foreach (var path in read)
        {
            if (!_readers.TryGetValue(path, out var readers))
            {
                _readers[path] = readers = new HashSet<string>(StringComparer.Ordinal);
            }

            readers.Add(target);
            if (!_sources.TryGetValue(target, out var sources))
            {
                _sources[target] = sources = new HashSet<string>(StringComparer.Ordinal);
            }

            sources.Add(path);
        }
    }

    private void AddMade(string path, string from)
    {
        var element = _form.Find(ElementOf(path));
        if (element is null || element.Path == path)
        {
            if (element is { Children.Count: 0 })
            {
                Add(element, ConfidentialCause.Derived, from, null);
            }

            return;
        }

        // The id of an entity, for one.
        if (!_found.ContainsKey(path) && _flags.GetValueOrDefault(path) is not { IsDeclassified: true })
        {
            _found[path] = new ConfidentialNode(path, ConfidentialCause.Derived, from, null, IsFile: false, IsPlace: false) { IsRepeated = IsRepeated(path) };
            Hold(path);
        }
    }

    /// <summary>An audit holds times, places and with them answers of every question; a recording, every answer that was spoken.</summary>
    private void AddWitnesses()
    {
        if (_found.Values.FirstOrDefault() is not { } first)
        {
            return;
        }

        foreach (var path in _form.Actions.Where(action => action.IsRecording).Select(action => action.Target).Append($"{_form.Root.Path}/meta/audit"))
        {
            if (_form.Find(path) is QuestionElement witness)
            {
                Add(witness, ConfidentialCause.Inherited, first.Path, null);
            }
        }
    }

    private void Add(FormElement element, ConfidentialCause cause, string? from, double? radius)
    {
        var path = element.Path;
        var isPlace = element is QuestionElement { DataType: DataType.Geopoint };
        var metres = isPlace && radius is >= ConfidentialMarks.MinRadius and <= ConfidentialMarks.MaxRadius ? radius : null;
        if (_kept.Contains(path) || _found.ContainsKey(path) || _flags.GetValueOrDefault(path) is { IsDeclassified: true })
        {
            // Marked, inherited and derived come in this order; a mark found later only lends its radius.
            if (cause == ConfidentialCause.Marked && _found.TryGetValue(path, out var known))
            {
                _found[path] = known with { Cause = cause, From = null, Radius = metres };
            }

            return;
        }

        var isFile = element is QuestionElement { DataType: DataType.Binary } || path == $"{_form.Root.Path}/meta/audit";
        _found[path] = new ConfidentialNode(path, cause, from, metres, isFile, isPlace)
        {
            IsRepeated = IsRepeated(path),
        };
        Hold(path);
        if (element is QuestionElement select)
        {
            AddOther(select);
        }
    }

    /// <summary>Whoever reads a question, or what it is in, reads what is confidential.</summary>
    private void Hold(string path)
    {
        for (var end = path.Length; end > 0 && _holding.TryAdd(path[..end], path); end = path.LastIndexOf('/', end - 1))
        {
            _waiting.Enqueue(path[..end]);
        }
    }

    private bool IsRepeated(string path)
    {
        for (var end = path.LastIndexOf('/'); end > 0; end = path.LastIndexOf('/', end - 1))
        {
            if (_repeats.Contains(path[..end]))
            {
                return true;
            }
        }

        return false;
    }

    // Defaults that somebody may change are not made by the device.
    private HashSet<string> ListMade()
    {
        var made = _form.Calculations.Select(calculation => calculation.Path).ToHashSet(StringComparer.Ordinal);
        made.UnionWith(_form.Actions.Select(action => action.Target).Where(target => _form.Find(target) is not QuestionElement { Control: not null }));
        return made;
    }

    private string[] SourcesOf(string path) => [.. _sources.GetValueOrDefault(path)?.Where(_holding.ContainsKey) ?? []];

    private IEnumerable<ConfidentialFault> ListFaults()
    {
        foreach (var path in _form.UnmatchedMarks)
        {
            yield return new ConfidentialFault(path, ConfidentialFaultKind.UnmatchedMark);
        }

        foreach (var flag in _beside.Where(flag => !flag.IsDeclassified && _form.Find(ElementOf(flag.Path)) is null))
        {
            yield return new ConfidentialFault(flag.Path, ConfidentialFaultKind.UnmatchedFlag);
        }

        foreach (var path in _identity.Where(path => SourcesOf(path).Length > 0).Order(StringComparer.Ordinal))
        {
            yield return new ConfidentialFault(path, ConfidentialFaultKind.OpenId);
        }
    }

    /// <summary>Path of the element an attribute belongs to; any other path as it is.</summary>
    private static string ElementOf(string path) => path.LastIndexOf("/@", StringComparison.Ordinal) is > 0 and var at ? path[..at] : path;
}
