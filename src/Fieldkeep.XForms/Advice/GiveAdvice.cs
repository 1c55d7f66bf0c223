using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Dialects;
using Fieldkeep.XForms.XlsForm;

namespace Fieldkeep.XForms.Advice;

/// <summary>
/// Looks for what a form's author might want to know although the form compiles. Nothing here changes the XForm, and
/// silence is preferred to a false alarm. Forms beyond a limit are not looked at.
/// </summary>
internal static class GiveAdvice
{
    /// <summary>Adds all advice to the context's diagnostics.</summary>
    public static void Run(TreeContext context, FormTree tree, IEnumerable<EntityRow> entities)
    {
        if (context.Diagnostics.IsLimitExceeded)
        {
            return;
        }

        var form = new FormReading(context.Document, tree, entities);
        var advice = new AdviceList();
        if (context.Dialect != FormDialect.OdkX)
        {
            // Expressions of ODK-X are JavaScript; that is said once for the whole workbook.
            AdviseOnExpressions.Run(form, advice);
        }

        new AdviseOnChoiceValues(form, advice).Run();
        AdviseOnNames.Run(form, advice);
        AdviseOnTranslations.Run(form, advice);

        // A row with an error is left out of the tree: whatever it uses would seem unused, and questions would be missing.
        if (!context.Diagnostics.HasErrors)
        {
            AdviseOnCircles.Run(form, advice);
            AdviseOnReach.NeverRelevant(form, advice);
            AdviseOnReach.ConstraintsOnLater(form, advice);
            AdviseOnCalculations.Run(form, advice);
            AdviseOnLists.Unused(form, advice);
            AdviseOnLists.Spaces(form, advice);
        }

        advice.MoveTo(context.Diagnostics);
    }
}
