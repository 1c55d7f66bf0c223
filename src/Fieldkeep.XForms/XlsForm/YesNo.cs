namespace Fieldkeep.XForms.XlsForm;

/// <summary>Knows the spellings of yes and no that XLSForm accepts.</summary>
internal static class YesNo
{
    /// <summary>Says whether a text is a spelling of yes.</summary>
    public static bool IsYes(string? text) => text is "yes" or "Yes" or "YES" or "true" or "True" or "TRUE" or "true()";

    /// <summary>Says whether a text is a spelling of no.</summary>
    public static bool IsNo(string? text) => text is "no" or "No" or "NO" or "false" or "False" or "FALSE" or "false()";
}
