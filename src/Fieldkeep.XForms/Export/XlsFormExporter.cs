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
    /// <exception cref="XFormException">It is not a form that can be used; the fault says why.</exception>
    public static ExportedForm Export(Stream xform, string? itemsetsCsv = null)
    {
        ArgumentNullException.ThrowIfNull(xform);
        return Export(FormNodeReader.Read(xform), itemsetsCsv);
    }

    /// <summary>Exports a form from its text.</summary>
    /// <param name="xform">The XForm.</param>
    /// <param name="itemsetsCsv">The form's <c>itemsets.csv</c>; null when it has none, or it is not at hand.</param>
    /// <exception cref="XFormException">It is not a form that can be used; the fault says why.</exception>
    public static ExportedForm Export(string xform, string? itemsetsCsv = null)
    {
        ArgumentNullException.ThrowIfNull(xform);
        return Export(FormNodeReader.Read(xform), itemsetsCsv);
    }

    private static ExportedForm Export(XmlNode html, string? itemsetsCsv)
    {
        var (model, primary, root, formId) = XFormReader.PartsOf(html);
        var form = new SourceForm(html, model, primary, root, new DiagnosticList());
        var tree = BuildDrafts.Run(form);
        new ReadActions(form, tree).Run();
        var instances = new SourceInstances(form);
        var files = instances.Files.Where(one => SourceInstances.TypeOf(one.Key, one.Value) is not null).Select(one => one.Key);
        var context = new ExportContext(form, tree, new NameReferences(tree, files));
        var texts = new TextColumns(context);
        var choices = new WriteChoices(context, instances, texts);
        new WriteSurvey(context, texts, new ChooseType(context, new ChooseOptions(context, instances, choices))).Run(instances);
        choices.WriteInstances();
        var settings = new WriteSettings(context, formId).Run(choices.HasDuplicates);
        Sheet?[] sheets =
        [
            context.Survey.Build(),
            context.Choices.IsEmpty ? null : context.Choices.Build(),
            settings,
            new WriteEntities(context).Run(),
            ExternalChoices.Write(context, itemsetsCsv),
            context.Osm.IsEmpty ? null : context.Osm.Build(),
        ];
        foreach (var id in form.Texts.Unused)
        {
            form.Lose(DiagnosticCode.ExportTextLost, null, $"The text “{id}” is used by nothing and is left out.");
        }

        foreach (var sheet in (SheetDraft[])[context.Survey, context.Choices, context.Osm])
        {
            foreach (var (row, column, length) in sheet.TooLong)
            {
                form.Diagnostics.Warning(
                    DiagnosticCode.ExportTextLost,
                    $"A text of {length} characters was cut to {XlsxWriter.MaxCellLength}, the most a cell holds.",
                    new SourceCell(sheet.Name, row, column));
            }
        }

        var workbook = new Workbook([.. sheets.OfType<Sheet>()]);
        CheckExport.Run(XFormReader.ReadForm(html), workbook, form.Diagnostics);
        return new ExportedForm(formId, WithNotes(workbook, form.Diagnostics), form.Diagnostics);
    }

    /// <summary>Adds what the workbook says differently as a sheet, which compilers leave alone: its name starts with _.</summary>
    private static Workbook WithNotes(Workbook workbook, DiagnosticList diagnostics)
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
