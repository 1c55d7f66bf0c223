namespace Fieldkeep.XForms.Model;

/// <summary>Says that something other than an answer or a calculation fills a node: a default, a change, a new row, the device.</summary>
/// <param name="Target">Path of the node that is filled.</param>
/// <param name="Trigger">Path of the question or repeat the action stands in; null when it stands in the model.</param>
/// <param name="Value">Expression for the value; null when the device makes it, as a place or a recording.</param>
public sealed record FormAction(string Target, string? Trigger, string? Value)
{
    /// <summary>Whether it records what is said while the form is filled in.</summary>
    public bool IsRecording { get; init; }
}

/// <summary>Says that a node, or an attribute of one, is computed.</summary>
/// <param name="Path">Path of the node; that of an attribute ends with <c>/@name</c>.</param>
/// <param name="Expression">What it is computed by.</param>
public sealed record FormCalculation(string Path, string Expression);
