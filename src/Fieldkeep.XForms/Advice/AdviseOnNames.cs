using Fieldkeep.XForms.Diagnostics;

namespace Fieldkeep.XForms.Advice;

/// <summary>Tells names that programs for analysis cut off.</summary>
internal static class AdviseOnNames
{
    /// <summary>SPSS allows 64 characters; Stata only 32, which would concern most long forms.</summary>
    private const int LongestName = 64;

    /// <summary>Looks at the names of questions, groups and repeats.</summary>
    public static void Run(FormReading form, AdviceList advice)
    {
        foreach (var row in form.Rows)
        {
            if (row.Name is { Length: > LongestName } name)
            {
                advice.Add(
                    DiagnosticCode.NameLong,
                    $"The name “{name}” has {name.Length} characters. SPSS cuts names after 64 and Stata after 32, so columns can become " +
                    "alike. Choose a shorter one.",
                    form.Document.Survey.At(row.Number, "name"));
            }
        }
    }
}
