namespace Fieldkeep.XForms.Compilation;

/// <summary>Says what a workbook does not say about itself.</summary>
/// <param name="FormName">Name of the root node when the settings give none; null means <c>data</c>.</param>
/// <param name="DefaultLanguage">Language of texts written once, when the settings give none.</param>
/// <param name="FallbackFormId">The form id when the settings give none, normally the file's name.</param>
public sealed record CompileOptions(
    string? FormName = null, string? DefaultLanguage = null, string? FallbackFormId = null);
