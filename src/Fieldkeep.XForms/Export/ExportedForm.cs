using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Sheets;

namespace Fieldkeep.XForms.Export;

/// <summary>Holds an XLSForm made from an XForm.</summary>
/// <param name="FormId">The form's id.</param>
/// <param name="Workbook">The sheets; <see cref="WorkbookWriter"/> makes a file of them.</param>
/// <param name="Diagnostics">What the workbook says differently or not at all, each naming its element.</param>
public sealed record ExportedForm(string FormId, Workbook Workbook, IReadOnlyList<Diagnostic> Diagnostics);
