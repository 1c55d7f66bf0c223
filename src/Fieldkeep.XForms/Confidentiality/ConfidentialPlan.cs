using System.Collections.Frozen;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Confidentiality;

/// <summary>
/// Holds which questions of one form version are confidential and why: those marked in the form or beside it, what belongs to
/// them, and what is made of them. Made once for a version and shared by all threads.
/// </summary>
public sealed class ConfidentialPlan
{
    /// <summary>Plan of a form without confidential questions.</summary>
    public static readonly ConfidentialPlan Empty = new([], []);

    private readonly FrozenDictionary<string, ConfidentialNode> _byPath;

    internal ConfidentialPlan(IReadOnlyList<ConfidentialNode> nodes, IReadOnlyList<ConfidentialHint> hints)
    {
        Nodes = nodes;
        Hints = hints;
        _byPath = nodes.ToFrozenDictionary(node => node.Path, StringComparer.Ordinal);
        Start = PlanStep.Of(nodes);
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
        return beside.Any(flag => !flag.IsDeclassified) || form.ListElements().Any(element => element.IsConfidential)
            ? new SpreadConfidence(form, beside).Run()
            : Empty;
    }

    /// <summary>Finds a confidential question by its path; null when the question is none.</summary>
    public ConfidentialNode? Find(string path) => _byPath.GetValueOrDefault(path);
}
