namespace Fieldkeep.XForms.Diagnostics;

/// <summary>Says whether a diagnostic stops the form from being used.</summary>
public enum Severity
{
    /// <summary>The form works; the author should look.</summary>
    Warning,

    /// <summary>The form cannot be used before this is repaired.</summary>
    Error,
}
