namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Names the media types of form files; what a file really is, its bytes say.</summary>
internal static class FormFileTypes
{
    /// <summary>XLSX, XLS, XForm, and anything a client does not know the type of (CSV and Markdown tables too).</summary>
    public static readonly string[] All =
    [
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.ms-excel",
        "application/xml",
        "application/octet-stream",
    ];
}
