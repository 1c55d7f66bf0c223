using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XlsForm;

namespace Fieldkeep.XForms.Advice;

/// <summary>Names the places of a form where an expression can stand.</summary>
internal enum ExpressionPlace
{
    Relevant,
    Constraint,
    Calculation,
    Required,
    ReadOnly,
    ChoiceFilter,
    Default,
    RepeatCount,
    InstanceName,
    Entity,
}

/// <summary>Holds one expression of the form and where it stands.</summary>
/// <param name="Place">What the expression decides.</param>
/// <param name="Node">The question or group it belongs to; null for settings, entities and rows with mistakes.</param>
/// <param name="Text">The expression as written.</param>
/// <param name="Parsed">What the text says; the same for all places with this text.</param>
/// <param name="Table">The sheet it stands on.</param>
/// <param name="Row">The spreadsheet row.</param>
/// <param name="Column">The column's path.</param>
internal sealed record FormExpression(
    ExpressionPlace Place, FormNode? Node, string Text, ParsedText Parsed, SheetTable Table, int Row, string Column)
{
    /// <summary>Where the expression stands.</summary>
    public SourceCell Cell => Table.At(Row, Column);
}
