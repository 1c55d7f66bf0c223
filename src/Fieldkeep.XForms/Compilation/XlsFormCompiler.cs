using Fieldkeep.XForms.Advice;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Dialects;
using Fieldkeep.XForms.Sheets;
using Fieldkeep.XForms.XlsForm;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.Compilation;

/// <summary>
/// Compiles an XLSForm workbook to an XForm. Every mistake in the workbook becomes a diagnostic; nothing an author can
/// write makes it throw.
/// </summary>
public static class XlsFormCompiler
{
    /// <summary>Compiles a workbook.</summary>
    public static CompiledForm Compile(Workbook workbook, CompileOptions options)
    {
        ArgumentNullException.ThrowIfNull(workbook);
        ArgumentNullException.ThrowIfNull(options);
        return Compile(workbook, options, new DiagnosticList());
    }

    /// <summary>
    /// Reads and compiles a file of any accepted format; its content decides which, its name only serves as the form's
    /// id when neither settings nor options give one. Throws only what the stream itself throws.
    /// </summary>
    public static CompiledForm Compile(Stream file, string? fileName, CompileOptions options)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(options);
        var diagnostics = new DiagnosticList();
        var workbook = WorkbookReader.Read(file, fileName, diagnostics);
        var fallback = options.FallbackFormId ?? Path.GetFileNameWithoutExtension(fileName);
        return workbook is null
            ? new CompiledForm { Diagnostics = diagnostics }
            : Compile(
                workbook,
                options with { FallbackFormId = string.IsNullOrWhiteSpace(fallback) ? null : fallback },
                diagnostics);
    }

    private static CompiledForm Compile(Workbook workbook, CompileOptions options, DiagnosticList diagnostics)
    {
        var found = FindDialect.In(workbook);
        var form = Compile(workbook, options, found?.Dialect, diagnostics);
        var all = found is null ? form.Diagnostics : ReportDialect.Run(found, form.Diagnostics);
        return all.Count == 0 ? form : form.With(new FindCells(workbook).In(all));
    }

    private static CompiledForm Compile(
        Workbook workbook, CompileOptions options, FormDialect? dialect, DiagnosticList diagnostics)
    {
        var document = XlsFormReader.Read(workbook, Defaults(options, diagnostics), diagnostics);
        if (document is null)
        {
            return new CompiledForm { Diagnostics = diagnostics };
        }

        var context = new TreeContext(document, diagnostics) { Dialect = dialect };
        var prefixes = FormNamespaces.Prefixes(document.Settings);
        var tree = BuildTree.Run(context, prefixes);
        TranslationCoverage.Check(document, diagnostics);
        WarnAboutOther(context, tree);
        var entities = EntitiesReader.Read(document.EntitiesTable, diagnostics);
        var saveTos = new CheckSaveTo(context, entities).Run(tree.SaveTos);
        new CheckReferences(context, tree).Run();
        GeoParameters.CheckFeatures(context, tree);
        ExpandLoops.Run(context, tree.Root, prefixes);
        var entitiesVersion = new PlaceEntities(context, tree).Run(entities, saveTos);
        FormMeta.Add(tree, document.Settings);
        CheckTexts.Run(context, tree);
        var instances = SecondaryInstances.Find(context, tree);
        if (string.IsNullOrWhiteSpace(document.Settings.FormId))
        {
            diagnostics.Error(DiagnosticCode.EmptyFormId, "The form's id is empty. Write one in the column form_id of the sheet “settings”.");
        }

        if (diagnostics.HasErrors)
        {
            GiveAdvice.Run(context, tree, entities);
            return new CompiledForm { Diagnostics = diagnostics };
        }

        tree.Index();
        var xform = new WriteForm(context, tree).Run(instances, entitiesVersion);
        GiveAdvice.Run(context, tree, entities);
        return diagnostics.HasErrors
            ? new CompiledForm { Diagnostics = diagnostics }
            : new CompiledForm
            {
                XForm = xform,
                FormId = document.Settings.FormId,
                ItemsetsCsv = ItemsetsCsv.Write(document, tree),
                Diagnostics = diagnostics,
            };
    }

    private static FormSettings Defaults(CompileOptions options, DiagnosticList diagnostics)
    {
        var settings = new FormSettings
        {
            RootName = options.FormName ?? "data",
            DefaultLanguage = options.DefaultLanguage ?? "default",
            FormId = options.FallbackFormId ?? "data",
        };
        if (!XmlNames.IsNcName(settings.RootName))
        {
            diagnostics.Error(
                DiagnosticCode.InvalidFormName,
                $"The form name “{settings.RootName}” given to the compiler is no XML name. Start it with a letter or _ and " +
                "use only letters, digits, _, - and . after that.");
        }

        return settings;
    }

    private static void WarnAboutOther(TreeContext context, FormTree tree)
    {
        var document = context.Document;
        if (tree.OrOtherRow > 0
            && (TranslationCoverage.IsTranslated(document.Survey) || TranslationCoverage.IsTranslated(document.ChoicesTable)))
        {
            context.Warning(
                DiagnosticCode.OrOtherTranslations,
                tree.OrOtherRow,
                "type",
                "The form is translated, but or_other adds its texts in English only. Write the choice “other” and its " +
                "question yourself to translate them.");
        }
    }
}
