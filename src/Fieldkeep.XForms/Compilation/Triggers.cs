using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XlsForm;
using Fieldkeep.XForms.XPath;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Reads the trigger column: references separated by commas.</summary>
internal static class Triggers
{
    /// <summary>Reads the names of the triggering questions; malformed lists are reported and taken as none.</summary>
    public static IReadOnlyList<string> Read(TreeContext context, SurveyRow row)
    {
        if (row.Value("trigger") is not { } text)
        {
            return [];
        }

        var names = new List<string>();
        foreach (var part in text.Split(','))
        {
            var references = Reference.All(part).ToList();
            if (references.Count > 1)
            {
                context.Error(
                    DiagnosticCode.TriggerWithoutCommas,
                    row.Number,
                    "trigger",
                    $"The trigger “{text}” lists questions without commas. Write ${{a}}, ${{b}}.");
                return [];
            }

            names.AddRange(references.Select(reference => reference.Name));
        }

        if (names.Count == 0)
        {
            context.Error(
                DiagnosticCode.ReferenceMalformed,
                row.Number,
                "trigger",
                $"The trigger “{text}” names no question. Write the question's name as ${{name}}.");
        }

        return names;
    }
}
