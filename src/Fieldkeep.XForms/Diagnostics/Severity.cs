namespace Fieldkeep.XForms.Diagnostics;

/// <summary>Says whether a diagnostic stops the form from being used; the graver, the greater.</summary>
public enum Severity
{
    /// <summary>
    /// The form works as written; it could be better, or part of it does not do what its author meant. Other XLSForm tools
    /// do not look for this, so nothing that speaks their language waits for it.
    /// </summary>
    Advice,

    /// <summary>The form works; the author should look.</summary>
    Warning,

    /// <summary>The form cannot be used before this is repaired.</summary>
    Error,
}
