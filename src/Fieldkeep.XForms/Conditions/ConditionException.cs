namespace Fieldkeep.XForms.Conditions;

/// <summary>One thing that is wrong with a condition.</summary>
/// <param name="Place">Where, as a JSON pointer such as <c>/all/1/value</c>; empty for the whole.</param>
/// <param name="Message">What, with which value, and what to do.</param>
public sealed record ConditionFault(string Place, string Message);

/// <summary>A condition cannot be used; tells all that is wrong with it.</summary>
public sealed class ConditionException(IReadOnlyList<ConditionFault> faults)
    : Exception(faults.Count > 0 ? faults[0].Message : "The condition cannot be used.")
{
    /// <summary>What is wrong, at least one thing.</summary>
    public IReadOnlyList<ConditionFault> Faults { get; } = faults;
}
