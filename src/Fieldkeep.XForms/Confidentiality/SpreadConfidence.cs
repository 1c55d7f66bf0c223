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
    private readonly Dictionary<string, ConfidentialFlag> _flags = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ConfidentialNode> _found = new(StringComparer.Ordinal);
    private readonly HashSet<string> _kept = new(StringComparer.Ordinal);
    private readonly Queue<string> _waiting = new();

    public SpreadConfidence(XForm form, IEnumerable<ConfidentialFlag> beside)
    {
        _form = form;
        _reads = new FormReads(form);
        foreach (var flag in beside)
        {
            _flags[flag.Path] = flag;
        }
    }

    public ConfidentialPlan Run()
    {
        Inherit();
        Derive();
        AddAudit();
        var order = _form.ListElements().ToDictionary(element => element.Path, element => element.Order, StringComparer.Ordinal);
        return new ConfidentialPlan([.. _found.Values.OrderBy(node => order[node.Path])], [.. ListHints()]);
    }

    /// <summary>Marks what is marked, and everything inside.</summary>
    private void Inherit()
    {
        var meta = $"{_form.Root.Path}/meta";
        foreach (var name in Identity)
        {
            _kept.Add($"{meta}/{name}");
        }

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

            if (element is QuestionElement question)
            {
                if (isMarked)
                {
                    Add(question, ConfidentialCause.Marked, null, flag is null ? question.ConfidentialRadius : flag.Radius);
                    AddOther(question);
                }
                else if (from is not null)
                {
                    Add(question, ConfidentialCause.Inherited, from, null);
                }

                continue;
            }

            foreach (var child in element.Children)
            {
                waiting.Push((child, isMarked ? element.Path : from));
            }
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
        var readers = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var question in _form.ListElements().OfType<QuestionElement>())
        {
            AddReads(question.Calculate, question.Path, question.Path, readers);
        }

        foreach (var action in _form.Actions)
        {
            AddReads(action.Value, action.Target, action.Target, readers);
            if (action.Trigger is { } trigger)
            {
                AddReads(action.Value, trigger, action.Target, readers);

                // When an answer was given, and where, is as confidential as the answer.
                if (_form.Find(trigger) is QuestionElement)
                {
                    AddReader(trigger, action.Target, readers);
                }
            }
        }

        while (_waiting.TryDequeue(out var read))
        {
            foreach (var reader in readers.GetValueOrDefault(read) ?? [])
            {
                if (_form.Find(reader) is QuestionElement question)
                {
                    Add(question, ConfidentialCause.Derived, read, null);
                }
            }
        }
    }

    private void AddReads(string? expression, string context, string target, Dictionary<string, List<string>> readers)
    {
        foreach (var read in string.IsNullOrWhiteSpace(expression) ? [] : _reads.Of(expression, context))
        {
            AddReader(read, target, readers);
        }
    }

    private static void AddReader(string read, string target, Dictionary<string, List<string>> readers)
    {
        if (!readers.TryGetValue(read, out var list))
        {
            readers[read] = list = [];
        }

        list.Add(target);
    }

    /// <summary>An audit holds times, places and with them answers of every question.</summary>
    private void AddAudit()
    {
        if (_found.Count > 0 && _form.Find($"{_form.Root.Path}/meta/audit") is QuestionElement audit)
        {
            Add(audit, ConfidentialCause.Inherited, _found.Values.First().Path, null);
        }
    }

    private void Add(QuestionElement question, ConfidentialCause cause, string? from, double? radius)
    {
        if (_kept.Contains(question.Path) || _found.ContainsKey(question.Path) || (cause != ConfidentialCause.Marked && IsDeclassified(question)))
        {
            // Marked, inherited and derived come in this order; a mark found later only lends its radius.
            if (cause == ConfidentialCause.Marked && _found.TryGetValue(question.Path, out var known))
            {
                _found[question.Path] = known with { Cause = cause, From = null, Radius = question.DataType == DataType.Geopoint ? radius : null };
            }

            return;
        }

        var isPlace = question.DataType == DataType.Geopoint;
        _found[question.Path] = new ConfidentialNode(
            question.Path, cause, from, isPlace ? radius : null, question.DataType == DataType.Binary, isPlace)
        {
            IsRepeated = IsRepeated(question),
        };
        _waiting.Enqueue(question.Path);
    }

    private bool IsRepeated(QuestionElement question)
    {
        for (var end = question.Path.LastIndexOf('/'); end > 0; end = question.Path.LastIndexOf('/', end - 1))
        {
            if (_form.Find(question.Path[..end]) is RepeatElement)
            {
                return true;
            }
        }

        return false;
    }

    private bool IsDeclassified(QuestionElement question) => _flags.GetValueOrDefault(question.Path) is { IsDeclassified: true };

    private IEnumerable<ConfidentialHint> ListHints()
    {
        foreach (var element in _form.ListElements().Where(element => !_found.ContainsKey(element.Path)))
        {
            var question = element as QuestionElement;
            foreach (var (kind, expression) in ((ConfidentialHintKind, string?)[])
            [
                (ConfidentialHintKind.Relevance, element.Relevant),
                (ConfidentialHintKind.RepeatCount, (element as RepeatElement)?.Count),
                (ConfidentialHintKind.Constraint, question?.Constraint),
                (ConfidentialHintKind.Required, question?.Required),
                (ConfidentialHintKind.ReadOnly, question?.ReadOnly),
            ])
            {
                if (FindRead(expression, element.Path) is { } from)
                {
                    yield return new ConfidentialHint(element.Path, kind, from);
                }
            }
        }

        foreach (var entity in _form.Entities)
        {
            var path = $"{entity.ContainerPath}/meta/entity";
            foreach (var expression in (string?[])[entity.Id, entity.CreateIf, entity.UpdateIf])
            {
                if (FindRead(expression, path) is { } from)
                {
                    yield return new ConfidentialHint(path, ConfidentialHintKind.Entity, from);
                    break;
                }
            }
        }
    }

    private string? FindRead(string? expression, string context) =>
        string.IsNullOrWhiteSpace(expression) ? null : _reads.Of(expression, context).FirstOrDefault(_found.ContainsKey);
}
