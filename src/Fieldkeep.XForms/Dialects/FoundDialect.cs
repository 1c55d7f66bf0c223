using Fieldkeep.XForms.Diagnostics;

namespace Fieldkeep.XForms.Dialects;

/// <summary>Says which tool a workbook was written for, and what shows it.</summary>
/// <param name="Dialect">The dialect with the most marks.</param>
/// <param name="Marks">The first few marks, as an author finds them: <c>type “caseid” in row 12</c>.</param>
/// <param name="First">Where the first mark in a cell is; null when sheets alone tell.</param>
/// <param name="IsSure">True when rows show it, or when no column of types could: columns alone may be anyone's notes.</param>
internal sealed record FoundDialect(FormDialect Dialect, IReadOnlyList<string> Marks, SourceCell? First, bool IsSure);
