using System.Collections.Frozen;
using System.Text;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Confidentiality;

/// <summary>
/// Holds which questions of one form version are confidential and why: those marked in the form or beside it, what belongs to
/// them, and what is made of them. Made once for a version and shared by all threads.
/// </summary>
public sealed class ConfidentialPlan
{
    /// <summary>Plan of a form without confidential questions.</summary>
    public static readonly ConfidentialPlan Empty = new([], [], PlanShape.None);

    private readonly FrozenDictionary<string, ConfidentialNode> _byPath;

    private readonly IReadOnlySet<string> _repeats;
    private readonly FrozenSet<string> _wholes;
    private readonly ILookup<string, string> _madeOf;

    internal ConfidentialPlan(IReadOnlyList<ConfidentialNode> nodes, IReadOnlyList<ConfidentialHint> hints, PlanShape shape)
    {
        _repeats = shape.Repeats;
        _wholes = shape.Wholes.ToFrozenSet(StringComparer.Ordinal);
        _madeOf = nodes.Where(node => node.IsMade).SelectMany(node => node.Sources.Select(source => (source, node.Path)))
            .ToLookup(pair => pair.source, pair => pair.Path, StringComparer.Ordinal);
        Nodes = nodes;
        Hints = hints;
        _byPath = nodes.ToFrozenDictionary(node => node.Path, StringComparer.Ordinal);
        Start = PlanStep.Of(nodes, shape);
    }

    /// <summary>Whether nothing is confidential: instances need not be split.</summary>
    public bool IsEmpty => Nodes.Count == 0;

    /// <summary>The confidential questions in the form's order.</summary>
    public IReadOnlyList<ConfidentialNode> Nodes { get; }

    /// <summary>What visible nodes let others guess of them, in the form's order.</summary>
    public IReadOnlyList<ConfidentialHint> Hints { get; }

    internal PlanStep Start { get; }

    /// <summary>Works out the plan of a form with the flags set beside it.</summary>
    public static ConfidentialPlan Of(XForm form, IReadOnlyCollection<ConfidentialFlag> beside)
    {
        ArgumentNullException.ThrowIfNull(form);
        ArgumentNullException.ThrowIfNull(beside);
        return beside.Any(flag => !flag.IsDeclassified) || form.UnmatchedMarks.Count > 0 || form.ListElements().Any(element => element.IsConfidential)
            ? new SpreadConfidence(form, beside).Run()
            : Empty;
    }

    /// <summary>Finds a confidential question by its path; null when the question is none.</summary>
    public ConfidentialNode? Find(string path) => _byPath.GetValueOrDefault(path);

    /// <summary>What of the form must be mended before it is published: marks that fit no question, and ids made of confidential answers.</summary>
    public IReadOnlyList<ConfidentialFault> Faults { get; init; } = [];

    /// <summary>Lists the computed answers that read a question, or a group or repeat.</summary>
    internal IEnumerable<string> ListMadeOf(string path) => _madeOf[path];

    /// <summary>Whether what stands at a path is taken out, known to the form or not.</summary>
    public bool Holds(string path)
    {
        if (_byPath.ContainsKey(path) || path.EndsWith(ConfidentialValue.AttributesStep, StringComparison.Ordinal))
        {
            return true;
        }

        var around = path[..Math.Max(path.LastIndexOf('/'), 0)];
        return _wholes.Contains(path) || _wholes.Contains(around);
    }

    /// <summary>
    /// Whether a split takes out what an instance says at a path, known to the form or not: the text of an element, or an attribute, <c>…/@name</c>.
    /// What is open inside a container that is confidential as a whole is not.
    /// </summary>
    public bool TakesOut(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var at = path.LastIndexOf("/@", StringComparison.Ordinal);
        var names = (at < 0 ? path : path[..at]).Split('/');
        var step = Start;
        foreach (var name in names.Skip(2))
        {
            if (step.Find(Encoding.UTF8.GetBytes(name)) is not { } known)
            {
                return step.IsWhole;
            }

            if (known.Node is not null || (known.IsOpen && known.IsBare))
            {
                return known.Node is not null;
            }

            step = known;
        }

        return at < 0 ? step.IsWhole && step != Start : step.Hides(Encoding.UTF8.GetBytes(path[(at + 2)..]));
    }

    /// <summary>Gives the path of the innermost repeat around a question; null outside repeats.</summary>
    internal string? RepeatOf(string path)
    {
        for (var end = _repeats.Count == 0 ? 0 : path.LastIndexOf('/'); end > 0; end = path.LastIndexOf('/', end - 1))
        {
            if (_repeats.Contains(path[..end]))
            {
                return path[..end];
            }
        }

        return null;
    }

    /// <summary>Gives the place of the row an answer stands in; null outside repeats.</summary>
    internal string? RowOf(ConfidentialValue value)
    {
        if (RepeatOf(value.Path) is not { } repeat)
        {
            return null;
        }

        var end = -1;
        for (var steps = repeat.Count(letter => letter == '/'); steps >= 0; steps--)
        {
            end = value.Place.IndexOf('/', end + 1);
            if (end < 0)
            {
                return null;
            }
        }

        return value.Place[..end];
    }
}
