using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Sheets;
using Fieldkeep.XForms.Xml;
using XmlNode = Fieldkeep.XForms.Xml.FormNode;

namespace Fieldkeep.XForms.Export;

/// <summary>
/// Makes an XLSForm of an XForm: the way back from <see cref="XlsFormCompiler"/>. What an XForm can say and a workbook
/// cannot becomes a diagnostic; nothing is left out silently.
/// </summary>
public static class XlsFormExporter
{
    /// <summary>Name of the sheet that lists the diagnostics, for whoever opens the workbook; absent when there are none.</summary>
    public const string NotesSheet = "_export_notes";

    /// <summary>Exports a form from its bytes; the stream stays open.</summary>
    /// <param name="xform">The XForm.</param>
    /// <param name="itemsetsCsv">The form's <c>itemsets.csv</c>; null when it has none, or it is not at hand.</param>
    /// <param name="cancellationToken">Ends the export early.</param>
    /// <exception cref="XlsxLimitException">It has more rows or columns than a workbook can hold.</exception>
    /// <exception cref="XFormException">It is not a form that can be used; the fault says why.</exception>
    public static ExportedForm Export(Stream xform, string? itemsetsCsv = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(xform);
        return Export(FormNodeReader.Read(xform), itemsetsCsv, cancellationToken);
    }

    /// <summary>Exports a form from its text.</summary>
    /// <param name="xform">The XForm.</param>
    /// <param name="itemsetsCsv">The form's <c>itemsets.csv</c>; null when it has none, or it is not at hand.</param>
    /// <param name="cancellationToken">Ends the export early.</param>
    /// <exception cref="XlsxLimitException">It has more rows or columns than a workbook can hold.</exception>
    /// <exception cref="XFormException">It is not a form that can be used; the fault says why.</exception>
    public static ExportedForm Export(string xform, string? itemsetsCsv = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(xform);
        return Export(FormNodeReader.Read(xform), itemsetsCsv, cancellationToken);
    }

    private static ExportedForm Export(XmlNode html, string? itemsetsCsv, CancellationToken cancellationToken)
    {
        var (model, primary, root, formId) = XFormReader.PartsOf(html);
        var form = new SourceForm(html, model, primary, root, new DiagnosticList());
        cancellationToken.ThrowIfCancellationRequested();
        var tree = BuildDrafts.Run(form);
        new ReadActions(form, tree).Run();
        var actions = CompareActions.In(form, tree);
        var instances = new SourceInstances(form);
        var files = instances.Files.Where(one => SourceInstances.TypeOf(one.Key, one.Value) is not null).Select(one => one.Key);
        var context = new ExportContext(form, tree, new NameReferences(tree, files), cancellationToken);
        var texts = new TextColumns(context);
        var choices = new WriteChoices(context, instances, texts);
        new WriteSurvey(context, texts, new ChooseType(context, new ChooseOptions(context, instances, choices))).Run(instances);
        choices.WriteInstances();
        var settings = new WriteSettings(context, formId).Run(choices.HasDuplicates);
        SheetDraft[] drafts =
            [context.Survey, context.Choices, settings, new WriteEntities(context).Run(), ExternalChoices.Write(context, itemsetsCsv), context.Osm];
        ReportLost(form, drafts);
        var workbook = new Workbook([.. drafts.Where(draft => draft == context.Survey || !draft.IsEmpty).Select(draft => draft.Build())]);
        cancellationToken.ThrowIfCancellationRequested();
        if (form.Texts.CompiledSize > XFormReader.MaxBytes)
        {
            form.Diagnostics.Warning(
                DiagnosticCode.ExportRefused,
                $"The form made from this workbook can be larger than {XFormReader.MaxBytes / (1024 * 1024)} MiB, because each of its texts is written in " +
                $"each of its {form.Texts.Languages.Count} languages. It was not compared with the XForm. Make several forms of it.");
        }
        else
        {
            CheckExport.Run(XFormReader.ReadForm(html), actions, workbook, form.Diagnostics, cancellationToken);
        }

        var all = WithMore(form.Diagnostics);
        return new ExportedForm(formId, WithNotes(workbook, all), all);
    }

    private static void ReportLost(SourceForm form, SheetDraft[] drafts)
    {
        foreach (var id in form.Texts.Unused)
        {
            form.Lose(DiagnosticCode.ExportTextLost, null, $"The text “{id}” is used by nothing and is left out.");
        }

        foreach (var sheet in drafts)
        {
            foreach (var (row, column, length) in sheet.TooLong)
            {
                form.Diagnostics.Warning(
                    DiagnosticCode.ExportTextLost,
                    $"A text of {length} characters was cut to {XlsxWriter.MaxCellLength}, the most a cell holds.",
                    new SourceCell(sheet.Name, row, column));
            }
        }
    }

    /// <summary>Says at the end that more is different, where there is more than is listed.</summary>
    private static List<Diagnostic> WithMore(DiagnosticList diagnostics)
    {
        var all = new List<Diagnostic>(diagnostics);
        if (diagnostics.Count >= DiagnosticList.MaxCount)
        {
            all.Add(new Diagnostic(
                DiagnosticCode.ExportMore,
                Severity.Warning,
                $"And more: only the first {DiagnosticList.MaxCount} differences are listed. Compare the workbook with the XForm before you use it."));
        }

        return all;
    }

    /// <summary>Adds what the workbook says differently as a sheet, which compilers leave alone: its name starts with _.</summary>
    private static Workbook WithNotes(Workbook workbook, List<Diagnostic> diagnostics)
    {
        if (diagnostics.Count == 0)
        {
            return workbook;
        }

        var notes = new SheetDraft(NotesSheet, "note", "sheet", "row", "column", "code");
        foreach (var one in diagnostics)
        {
            notes.AddRow();
            notes.Set("note", one.Message);
            notes.Set("sheet", one.Cell?.Sheet);
            notes.Set("row", one.Cell?.Row?.ToString(System.Globalization.CultureInfo.InvariantCulture));
            notes.Set("column", one.Cell?.Column);
            notes.Set("code", one.Code);
        }

        return new Workbook([.. workbook.Sheets, notes.Build()]);
    }
}
