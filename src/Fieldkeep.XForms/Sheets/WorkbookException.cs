namespace Fieldkeep.XForms.Sheets;

/// <summary>Stops reading a workbook; <see cref="WorkbookReader"/> turns it into a diagnostic.</summary>
internal sealed class WorkbookException(string code, string message) : Exception(message)
{
    /// <summary>Code of the diagnostic.</summary>
    public string Code { get; } = code;
}
