using System.Text;
using Fieldkeep.XForms.Instances;

namespace Fieldkeep.XForms.Confidentiality;

/// <summary>One open element on the way to confidential questions.</summary>
internal sealed class PlanFrame
{
    private readonly Dictionary<string, int> _rows = new(StringComparer.Ordinal);

    private PlanFrame(PlanStep step, string place, string? row)
    {
        Step = step;
        Place = place;
        Row = row;
    }

    /// <summary>What the element is in the plan.</summary>
    public PlanStep Step { get; }

    /// <summary>Its place in the instance.</summary>
    public string Place { get; }

    /// <summary>Place of the row of a repeat around it, or its own; null outside repeats.</summary>
    public string? Row { get; }

    /// <summary>Opens the root, whose name is not compared.</summary>
    public static PlanFrame Root(ConfidentialPlan plan, ReadOnlySpan<byte> name) => new(plan.Start, "/" + Encoding.UTF8.GetString(name), null);

    /// <summary>
    /// Finds what a child is in the plan; null for one that is open. In a container that is confidential as a whole, one that nobody knows is not.
    /// </summary>
    public PlanStep? Find(ReadOnlySpan<byte> local) =>
        Step.Find(local) is { } known ? known.IsOpen && known.IsBare ? null : known
        : Step.IsWhole ? PlanStep.Unknown(Step, Encoding.UTF8.GetString(local))
        : null;

    /// <summary>Counts a child and gives its place.</summary>
    public string Enter(PlanStep child, ReadOnlySpan<byte> name)
    {
        var row = _rows[child.Path] = _rows.GetValueOrDefault(child.Path) + 1;
        return InstanceAnswers.Below(Place, Encoding.UTF8.GetString(name), row);
    }

    /// <summary>Opens a child.</summary>
    public PlanFrame Open(PlanStep child, ReadOnlySpan<byte> name)
    {
        var place = Enter(child, name);
        return new PlanFrame(child, place, child.IsRepeat ? place : Row);
    }
}
