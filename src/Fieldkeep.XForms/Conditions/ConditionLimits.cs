namespace Fieldkeep.XForms.Conditions;

/// <summary>How large conditions may be: each submission that comes is asked all of its form.</summary>
public static class ConditionLimits
{
    /// <summary>The longest JSON, in bytes of UTF-8.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>How deep conditions stand inside each other.</summary>
    public const int MaxDepth = 8;

    /// <summary>The most comparisons and repeats of one condition.</summary>
    public const int MaxParts = 100;

    /// <summary>The most values of one <c>in</c>.</summary>
    public const int MaxValues = 1_000;

    /// <summary>The longest text of a value, in characters.</summary>
    public const int MaxText = 1_000;

    /// <summary>The most corners of a polygon.</summary>
    public const int MaxCorners = 500;

    /// <summary>The most faults that are told at once.</summary>
    internal const int MaxFaults = 20;
}
