namespace Fieldkeep.XForms.Diagnostics;

/// <summary>Tells a form's author one thing to repair or to look at.</summary>
/// <param name="Code">A stable key such as <c>NAMES_001</c>; see <see cref="DiagnosticCode"/>.</param>
/// <param name="Severity">Whether the form can be used.</param>
/// <param name="Message">What is wrong, with which value, and what to do about it.</param>
/// <param name="Cell">Where; null when the whole file is meant.</param>
/// <param name="Suggestion">The value that was probably meant; null when there is no near one.</param>
public sealed record Diagnostic(
    string Code, Severity Severity, string Message, SourceCell? Cell = null, string? Suggestion = null);
